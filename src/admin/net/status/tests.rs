use super::cluster::status;
use super::names::Names;
use super::probe::{Answer, Part};
use super::*;
use crate::admin::net::error::{Error, ErrorKind};
use crate::config::Config;
use crate::schema::{MysqlUser, Version};

const A: &str = "0x51BAFDE21799F532";
const B: &str = "0x788C53BEF92F5C71";
const NOW: u64 = 1_564_718_100;
const OLD: &str = "1564717000";
const NEW: &str = "1564718027";

/// A node with two modules, of which the second is the same everywhere; it heard what the peers say now.
fn node(asked: &str, users: [&str; 3], peers: &[(&str, [&str; 3])]) -> Answer {
    let owned = |row: &[&str]| row.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let servers = ["mysql_servers", "1", OLD, A];
    let mut heard = Vec::new();
    for (peer, [version, epoch, checksum]) in peers {
        let (host, port) = peer.rsplit_once(':').unwrap();
        let diff = if *checksum == users[2] { "0" } else { "1" };
        for row in [["mysql_users", version, epoch, checksum, diff], ["mysql_servers", "1", OLD, A, "0"]] {
            let [name, version, epoch, checksum, diff] = row;
            heard.push(owned(&[host, port, name, version, epoch, checksum, NEW, "1564718099", diff]));
        }
    }
    Answer {
        asked: asked.to_owned(),
        version: Some(ServerVersion::of("2.7.1-0-g2726c27")),
        clock: Some(0),
        checksums: Some(vec![owned(&servers), owned(&["mysql_users", users[0], users[1], users[2]])]),
        members: Some(peers.iter().map(|(peer, _)| (*peer).to_owned()).collect()),
        peers: Some(heard),
        ..Answer::default()
    }
}

fn unreached(asked: &str) -> Answer {
    let mut answer = Answer { asked: asked.to_owned(), ..Answer::default() };
    let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    answer.fails(Part::Connection, Error::new(asked, ErrorKind::Connect(refused)));
    answer
}

fn seen(answers: Vec<Answer>) -> ClusterStatus {
    status(answers, &Names::default(), NOW)
}

fn pair(one: [&str; 3], other: [&str; 3]) -> Vec<Answer> {
    let peers = [("px-0:6032", one), ("px-1:6032", other)];
    vec![node("px-0:6032", one, &peers), node("px-1:6032", other, &peers)]
}

#[test]
fn in_step() {
    let mut answers = pair(["2", NEW, A], ["3", NEW, A]);
    answers[0].metrics = Some(vec![PeerMetrics {
        peer: "px-1:6032".into(),
        response_ms: 1,
        uptime: 300_000,
        last_check_ms: 5,
        queries: 0,
        clients: 0,
    }]);
    let same = Config::new(Version::V2_7);
    answers[0].layers = Some(Layers::of(&same, &same, &same));
    let status = seen(answers);
    assert!(status.is_in_step() && status.is_settled() && status.is_any_reached());
    assert_eq!(
        status.to_string(),
        "\
= 2019-08-02 03:55:00 UTC  2 nodes, in step

  NODE       VERSION           UP
  px-0:6032  2.7.1-0-g2726c27
  px-1:6032  2.7.1-0-g2726c27  3 d

  MODULE         NODE       VERSION  EPOCH (UTC)          AGE     CHECKSUM
= mysql_servers  px-0:6032  1        2019-08-02 03:36:40  18 min  0x51BAFDE2  in step
=                px-1:6032  1        2019-08-02 03:36:40  18 min  0x51BAFDE2
= mysql_users    px-0:6032  2        2019-08-02 03:53:47  73 s    0x51BAFDE2  in step
=                px-1:6032  3        2019-08-02 03:53:47  73 s    0x51BAFDE2

= layers: everything is loaded and saved
"
    );
    let brief = format!("{status:#}");
    let brief: Vec<_> = brief.lines().skip(6).take(3).collect();
    assert_eq!(
        brief,
        [
            "  MODULE         NODE   VERSION  EPOCH (UTC)          AGE     CHECKSUM",
            "= mysql_servers  all 2  1        2019-08-02 03:36:40  18 min  0x51BAFDE2  in step",
            "= mysql_users    all 2  2..3     2019-08-02 03:53:47  73 s    0x51BAFDE2  in step",
        ]
    );
}

#[test]
fn a_conflict_with_its_remedy() {
    let status = seen(pair(["2", NEW, A], ["2", NEW, B]));
    assert!(!status.is_in_step());
    assert_eq!(
        status.to_string(),
        "\
! 2019-08-02 03:55:00 UTC  2 nodes, APART: mysql_users

  NODE       VERSION
  px-0:6032  2.7.1-0-g2726c27
  px-1:6032  2.7.1-0-g2726c27

  MODULE         NODE       VERSION  EPOCH (UTC)          AGE     CHECKSUM
= mysql_servers  px-0:6032  1        2019-08-02 03:36:40  18 min  0x51BAFDE2  in step
=                px-1:6032  1        2019-08-02 03:36:40  18 min  0x51BAFDE2
! mysql_users    px-0:6032  2        2019-08-02 03:53:47  73 s    0x51BAFDE2  APART
!                px-1:6032  2        2019-08-02 03:53:47  73 s    0x788C53BE

! mysql_users: APART
  ! conflict: px-0:6032 and px-1:6032 hold different content of one epoch, 1564718027 (2019-08-02 03:53:47 UTC)
  > on the one of px-0:6032 and px-1:6032 whose content is wanted: LOAD MYSQL USERS TO RUNTIME;
"
    );
}

#[test]
fn one_pulls_one_is_down_one_lags() {
    let mut answers = pair(["2", OLD, A], ["2", NEW, B]);
    answers.push(unreached("px-2:6032"));
    answers.push(node("px-3:6032", ["2", NEW, B], &[]));
    answers[3].clock = Some(-40);
    answers[3].peers = None;
    answers[3].members = Some(vec!["px-3:6032".into(), "px-9:6032".into()]);
    let mut memory = Config::new(Version::V2_7);
    let same = memory.clone();
    memory.mysql_users.push(MysqlUser { username: "app".into(), ..MysqlUser::default() });
    answers[0].layers = Some(Layers::of(&memory, &same, &same));
    let status = seen(answers);
    assert!(!status.is_in_step() && !status.is_settled());
    assert_eq!(status.node("px-3:6032").unwrap().ahead, Some(-40));
    let text = status.to_string();
    assert_eq!(
        text,
        "\
! 2019-08-02 03:55:00 UTC  3 of 4 nodes answered, converging: mysql_users, not all loaded and saved on 1

  NODE       VERSION
  px-0:6032  2.7.1-0-g2726c27
  px-1:6032  2.7.1-0-g2726c27
! px-2:6032  not reached
  px-3:6032  2.7.1-0-g2726c27

  MODULE         NODE       VERSION  EPOCH (UTC)          AGE     CHECKSUM
= mysql_servers  px-0:6032  1        2019-08-02 03:36:40  18 min  0x51BAFDE2  in step
=                px-1:6032  1        2019-08-02 03:36:40  18 min  0x51BAFDE2
=                px-3:6032  1        2019-08-02 03:36:40  18 min  0x51BAFDE2
~ mysql_users    px-0:6032  2        2019-08-02 03:36:40  18 min  0x51BAFDE2  converging
+                px-1:6032  2        2019-08-02 03:53:47  73 s    0x788C53BE
+                px-3:6032  2        2019-08-02 03:53:47  73 s    0x788C53BE

  LAYERS OF  MODULE       STATE                          TO SETTLE IT
~ px-0:6032  MYSQL USERS  changed, not loaded  +1 ~0 -0  LOAD MYSQL USERS TO RUNTIME; SAVE MYSQL USERS TO DISK;

~ mysql_users: converging
  px-0:6032 pulls from px-1:6032 in 2 checks

! px-2:6032: cannot connect: connection refused
  > nothing listens there: ProxySQL's admin port is 6032 by default (admin-mysql_ifaces)
? px-3:6032: its clock is 40 s behind the others
? members that were not asked: px-9:6032
"
    );
}

/// Through forwarded ports, the nodes have names that no peer knows.
#[test]
fn nodes_are_known_by_what_was_heard_of_them() {
    let (old, new) = (["2", OLD, A], ["2", NEW, B]);
    let members = [("px-0:6032", old), ("px-1:6032", new)];
    let answers = vec![node("127.0.0.1:1001", old, &members), node("127.0.0.1:1002", new, &members)];
    let status = seen(answers);
    let names: Vec<_> = status.nodes.iter().map(|node| (&*node.name, &*node.asked)).collect();
    assert_eq!(names, [("px-0:6032", "127.0.0.1:1001"), ("px-1:6032", "127.0.0.1:1002")]);
    assert!(status.unasked.is_empty() && status.unmatched.is_empty());
    assert_eq!(status.health.module("mysql_users").unwrap().pulls[0].node, "px-0:6032");
    assert!(
        status.to_string().contains("ASKED AT\n  px-0:6032  2.7.1-0-g2726c27  127.0.0.1:1001\n"),
        "{status}"
    );
}

/// Where all say the same nothing tells them apart; then nobody is said not to know another.
#[test]
fn where_names_do_not_tell_membership_is_not_judged() {
    let same = ["1", OLD, A];
    let members = [("px-0:6032", same), ("px-1:6032", same)];
    let answers = || vec![node("127.0.0.1:1001", same, &members), node("127.0.0.1:1002", same, &members)];
    let status = seen(answers());
    assert!(status.is_in_step(), "{status}");
    assert_eq!(status.unmatched.len(), 2);
    assert!(status.to_string().contains("? who knows whom is not judged: 127.0.0.1:1001"), "{status}");
    // But where nobody knows others at all, they are no cluster.
    let status = seen(vec![node("a:1", ["2", OLD, A], &[]), node("b:1", ["2", NEW, B], &[])]);
    assert!(status.to_string().contains("a:1 does not know b:1"), "{status}");
}

#[test]
fn what_a_node_says_cannot_move_the_cursor() {
    let mut answers = pair(["2", NEW, A], ["2", NEW, A]);
    answers[0].version = Some(ServerVersion::of("2.7.1\x1b[2J"));
    answers[1].checksums.as_mut().unwrap()[0][3] = "none".to_owned();
    let status = seen(answers);
    assert!(!status.to_string().contains('\x1b'));
    // And what cannot be a row is told.
    assert!(!status.nodes[1].is_reached());
    assert!(status.to_string().contains("! px-1:6032: runtime_checksums_values: "), "{status}");
}

#[test]
fn changes_since_the_last_look() {
    let mut follower = Follower::new();
    let mut next = |answers: Vec<Answer>| -> Vec<String> {
        follower.next(&seen(answers)).iter().map(ToString::to_string).collect()
    };
    let nothing: [&str; 0] = [];
    assert_eq!(next(pair(["2", OLD, A], ["2", OLD, A])), nothing);
    assert_eq!(next(pair(["2", OLD, A], ["2", OLD, A])), nothing);
    assert_eq!(
        next(pair(["3", NEW, B], ["2", OLD, A])),
        [
            "px-0:6032  mysql_users  0x51BAFDE2 -> 0x788C53BE, version 2 -> 3, epoch 2019-08-02 03:53:47 UTC",
            "mysql_users: in step -> converging"
        ]
    );
    let mut answers = pair(["3", NEW, B], ["3", NEW, B]);
    answers[1] = unreached("px-1:6032");
    assert_eq!(
        next(answers),
        [
            "px-1:6032  does not answer: cannot connect: connection refused",
            "mysql_users: converging -> in step"
        ]
    );
    // What it held before it went away is remembered.
    assert_eq!(
        next(pair(["3", NEW, B], ["1", NEW, A])),
        ["px-1:6032  answers again", "px-1:6032  was started anew", "mysql_users: in step -> converging"]
    );
    let mut answers = pair(["3", NEW, B], ["2", NEW, B]);
    answers.pop();
    assert_eq!(next(answers)[0], "px-1:6032  is not there any more");
    let mut answers = pair(["3", NEW, B], ["2", NEW, B]);
    answers[1].version = Some(ServerVersion::of("2.7.2"));
    assert_eq!(next(answers), ["px-1:6032  is there"]);
    let mut answers = pair(["3", NEW, B], ["2", NEW, B]);
    let mut memory = Config::new(Version::V2_7);
    let same = memory.clone();
    memory.mysql_users.push(MysqlUser { username: "app".into(), ..MysqlUser::default() });
    answers[0].layers = Some(Layers::of(&same, &same, &same));
    assert_eq!(next(answers), ["px-1:6032  runs 2.7.1-0-g2726c27, ran 2.7.2"]);
    let mut answers = pair(["3", NEW, B], ["2", NEW, B]);
    answers[0].layers = Some(Layers::of(&memory, &memory, &same));
    assert_eq!(next(answers), ["px-0:6032  MYSQL USERS  loaded, not saved (was: loaded and saved)"]);
}
