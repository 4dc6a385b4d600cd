//! The command, as people and scripts see it. `UPDATE_GOLDEN=1` writes the golden files anew.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/command.rs"]
mod command;

use command::{code, golden, root, run, run_with, text};
use serde_json::Value as Json;

#[test]
fn diagnostics_are_as_they_were_read_and_liked() {
    let mut files: Vec<_> =
        std::fs::read_dir(root().join("tests/cli")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "cnf" || extension == "yaml"));
    assert!(files.len() > 15);
    for file in files {
        let name = format!("tests/cli/{}", file.file_name().unwrap().to_str().unwrap());
        let output = run(&["check", &name]);
        let cut_off = name.ends_with("cut-off.cnf");
        assert_eq!(code(&output), i32::from(!cut_off), "{name}");
        let told = text(&output.stderr);
        assert!(!told.contains("hunter"), "{told}");
        let (stem, _) = name.rsplit_once('.').unwrap();
        golden(&format!("{stem}.stderr"), &told);
    }
}

#[test]
fn the_seed_is_fine() {
    let output = run(&["check", "examples/proxysql.cnf"]);
    assert_eq!(code(&output), 0);
    golden("tests/golden/seed.check.txt", &text(&output.stdout));
    golden("tests/golden/seed.check.stderr", &text(&output.stderr));
    assert_eq!(code(&run(&["check", "--strict", "examples/proxysql.cnf"])), 1);
}

#[test]
fn exit_codes_tell() {
    assert_eq!(code(&run(&["check", "tests/cli/none.cnf"])), 2);
    assert_eq!(code(&run(&["check"])), 2);
    assert_eq!(code(&run(&["check", "examples/proxysql.cnf", "tests/cli/yes.cnf"])), 1);
    assert_eq!(code(&run(&["check", "tests/cli/yes.cnf", "tests/cli/none.cnf"])), 2);
    assert_eq!(code(&run(&["check", "--strict", "tests/cli/cut-off.cnf"])), 1);
    assert_eq!(code(&run_with(&["check", "-"], "a=1 # x")), 0);
    assert_eq!(code(&run_with(&["check", "-", "--dialect", "1.7.2"], "a=1 # x")), 1);
    assert_eq!(code(&run_with(&["check", "-", "--max-bytes", "3"], "a=10")), 1);
    assert_eq!(code(&run_with(&["check", "-", "--max-depth", "1"], "a=((1))")), 1);
}

#[test]
fn json_is_for_machines() {
    let output =
        run(&["check", "--json", "examples/proxysql.cnf", "tests/cli/duplicate.cnf", "tests/cli/none.cnf"]);
    let json: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["files"][0]["sections"][4]["name"], "mysql_servers");
    assert_eq!(json["files"][0]["sections"][4]["count"], 3);
    let found = &json["files"][1]["diagnostics"][0];
    assert_eq!(found["code"], "duplicate-name");
    assert_eq!(found["verdict"], "duplicate setting name");
    assert_eq!((found["line"].as_u64(), found["labels"][0]["line"].as_u64()), (Some(4), Some(2)));
    assert_eq!(json["files"][2]["ok"], false);
    let tree = run_with(&["convert", "-", "--to", "tree"], r#"a=1 b=(2L, 1.5, "\xff") c={ d=true }"#);
    let tree: Json = serde_json::from_slice(&tree.stdout).unwrap();
    assert_eq!(tree, serde_json::json!({ "a": 1, "b": [2, 1.5, { "hex": "ff" }], "c": { "d": true } }));
}

#[test]
fn includes_stay_below_their_folder() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("in")).unwrap();
    std::fs::write(dir.path().join("secret.cnf"), "s=1\n").unwrap();
    std::fs::write(dir.path().join("in/ok.cnf"), "o=1\n").unwrap();
    let inside = dir.path().join("in");
    let check = |text: &str, more: &[&str]| {
        let dir = inside.to_str().unwrap();
        let arguments = [&["check", "-", "--include-dir", dir], more].concat();
        run_with(&arguments, text)
    };
    assert_eq!(code(&check("@include \"ok.cnf\"\n", &[])), 0);
    let refused = check("@include \"../secret.cnf\"\n", &[]);
    assert_eq!(code(&refused), 1);
    assert!(text(&refused.stderr).contains("--include-root"), "{}", text(&refused.stderr));
    let root = dir.path().to_str().unwrap();
    assert_eq!(code(&check("@include \"../secret.cnf\"\n", &["--include-root", root])), 0);
}

#[test]
fn fmt_writes_all_or_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.cnf");
    let path = file.to_str().unwrap();
    std::fs::write(&file, "a:1;b:2;").unwrap();
    assert_eq!(code(&run(&["fmt", "--check", path])), 1);
    assert_eq!(text(&run(&["fmt", path]).stdout), "a=1\nb=2\n");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "a:1;b:2;");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        let link = dir.path().join("link.cnf");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(code(&run(&["fmt", "--write", link.to_str().unwrap()])), 0);
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    }
    assert_eq!(code(&run(&["fmt", "--write", path])), 0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "a=1\nb=2\n");
    assert_eq!(code(&run(&["fmt", "--check", path])), 0);
    std::fs::write(&file, "a=oops").unwrap();
    assert_eq!(code(&run(&["fmt", "--write", path])), 1);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "a=oops");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), if cfg!(unix) { 2 } else { 1 });
}

/// The seed as three manifests in one file, with another indent and a second key.
fn manifest(cnf: &str) -> String {
    let block = |cnf: &str, indent: &str| {
        let line = |line: &str| if line.is_empty() { "\n".into() } else { format!("{indent}{line}\n") };
        cnf.lines().map(line).collect::<String>()
    };
    format!(
        "# Before.\napiVersion: v1\nkind: List\nitems:\n- kind: ConfigMap\n  metadata:\n    name: one\n  data:\n    \
         proxysql.cnf: | # the file\n{}    hook: \"x\"\n- kind: Secret\n  metadata: {{ name: two }}\n  data: {{ s.cnf: YT1vb3BzCg== }}\n\
         ---\nkind: ConfigMap\nmetadata: {{ name: three }}\ndata:\n  extra: |\n{}",
        block(cnf, "        "),
        block("a:1;", "   "),
    )
}

#[test]
fn a_cnf_is_read_in_a_manifest() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("all.yml");
    let seed = std::fs::read_to_string(root().join("examples/proxysql.cnf")).unwrap();
    std::fs::write(&file, manifest(&seed)).unwrap();
    let path = file.to_str().unwrap();
    let with = |key: &str| format!("{path}#{key}");

    let several = run(&["check", path]);
    assert_eq!(code(&several), 2);
    assert!(text(&several.stderr).contains("it has `proxysql.cnf`, `s.cnf`"), "{}", text(&several.stderr));
    let plain = run(&["convert", "examples/proxysql.cnf", "--to", "tree"]).stdout;
    assert_eq!(text(&run(&["convert", &with("proxysql.cnf"), "--to", "tree"]).stdout), text(&plain));
    assert_eq!(
        text(&run_with(&["fmt", "--", "-#three/extra"], &manifest("")).stdout),
        manifest("").replace("a:1;", "a=1")
    );
    // By its content, without an extension.
    assert_eq!(code(&run_with(&["check", "-"], "apiVersion: v1\nkind: ConfigMap\ndata: {a.cnf: a=1}\n")), 0);
    assert_eq!(
        code(&run_with(
            &["check", "-"],
            "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"data\":{\"a.cnf\":\"YT0x\"}}"
        )),
        0
    );
    assert_eq!(code(&run_with(&["check", "-"], "kind : \"x\"\napiVersion : \"y\"\n")), 0);

    // A line of the cnf is told as the line of the manifest.
    let json = |arguments: &[&str]| serde_json::from_slice::<Json>(&run(arguments).stdout).unwrap();
    let found = json(&["check", "--json", &with("proxysql.cnf")]);
    let line = found["files"][0]["sections"][4]["line"].as_u64().unwrap();
    assert_eq!(found["files"][0]["sections"][4]["file"], path);
    let lines = manifest(&seed);
    let expected = 1 + lines.lines().position(|line| line.trim_start().starts_with("mysql_servers")).unwrap();
    assert_eq!(usize::try_from(line).unwrap(), expected);

    // What is no block keeps its own lines.
    let found = json(&["check", "--json", &with("two/s.cnf")]);
    let found = &found["files"][0]["diagnostics"][0];
    assert_eq!((found["line"].as_u64(), found["file"].as_str()), (Some(1), Some(with("s.cnf").as_str())));
}

#[test]
fn fmt_changes_only_the_block_of_a_manifest() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("all.yaml");
    let path = file.to_str().unwrap();
    std::fs::write(&file, manifest("a:1;b:2;")).unwrap();
    let key = format!("{path}#proxysql.cnf");
    assert_eq!(code(&run(&["fmt", "--check", &key])), 1);
    assert_eq!(text(&run(&["fmt", &key]).stdout), manifest("a=1\nb=2"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), manifest("a:1;b:2;"));
    assert_eq!(code(&run(&["fmt", "--write", &key])), 0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), manifest("a=1\nb=2"));
    assert_eq!(code(&run(&["fmt", "--check", &key])), 0);

    // Base64 is not written; nor is anything else changed.
    let secret = dir.path().join("secret.yaml");
    let old = "kind: Secret\ndata: { a.cnf: YToxOwo= }\n";
    std::fs::write(&secret, old).unwrap();
    let secret_path = secret.to_str().unwrap();
    assert_eq!(code(&run(&["fmt", "--check", secret_path])), 1);
    let refused = run(&["fmt", "--write", secret_path]);
    assert_eq!(code(&refused), 2);
    assert!(text(&refused.stderr).contains("base64"), "{}", text(&refused.stderr));
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), old);
    std::fs::write(&secret, "kind: Secret\ndata: { a.cnf: YT0xCg== }\n").unwrap();
    assert_eq!(code(&run(&["fmt", "--write", secret_path])), 0);

    // A file that is really named so.
    let named = dir.path().join("x#y.cnf");
    std::fs::write(&named, "a:1;").unwrap();
    assert_eq!(code(&run(&["fmt", "--write", named.to_str().unwrap()])), 0);
    assert_eq!(std::fs::read_to_string(&named).unwrap(), "a=1\n");
}

#[test]
fn deep_files_are_no_danger() {
    let text = format!("a={}{}", "(".repeat(4_900), ")".repeat(4_900));
    for arguments in [&["convert", "-", "--to", "tree"][..], &["check", "-"], &["fmt", "-"]] {
        let arguments = [arguments, &["--max-depth", "100000"]].concat();
        assert_eq!(code(&run_with(&arguments, &text)), 0, "{arguments:?}");
        assert_eq!(code(&run_with(&arguments[..arguments.len() - 2], &text)), 1, "{arguments:?}");
    }
}

#[test]
fn shells_are_served() {
    for shell in ["bash", "zsh", "fish"] {
        let output = run(&["completions", shell]);
        assert_eq!(code(&output), 0);
        assert!(text(&output.stdout).contains("proxysql-kit"));
    }
}
