fn main() {
    let nodes: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(100);
    let seconds: u64 = std::env::args().nth(2).and_then(|n| n.parse().ok()).unwrap_or(600);
    let mut s = proxysql_kit::cluster::sim::Scenario::new("speed", nodes);
    s.duration = seconds * 1000;
    s.log_limit = 1000;
    let t = std::time::Instant::now();
    let r = proxysql_kit::cluster::sim::Simulation::new(&s).run();
    let e = t.elapsed().as_secs_f64();
    println!("{} checks in {e:.2} s: {:.2} M/s", r.checks, r.checks as f64 / e / 1e6);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    println!("{}", status.lines().find(|l| l.starts_with("VmHWM")).unwrap());
}
