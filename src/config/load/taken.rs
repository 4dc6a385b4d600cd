//! Variables of a layer as they would run: what a LOAD to a server that runs already makes of them.

use super::NoFiles;
use super::judge::{Judge, Verdict};
use crate::config::Config;
use crate::schema::{Module, Variable, strtoul_low_32};

/// The same layer, with the texts that its variables run as where this runs now: `mysql-server_version` 5.1.30
/// runs as 5.5.30. A text that would be refused stays.
pub(crate) fn taken_over(layer: &Config, running: &Config) -> Config {
    let mut taken = layer.clone();
    for module in Module::ALL.into_iter().filter(|module| module.is_in(layer.version)) {
        for variable in module.variables(layer.version) {
            let (text, now) = (
                layer.variables(module).text(variable.position()),
                running.variables(module).text(variable.position()),
            );
            if text == now {
                continue;
            }
            if let Some(runs) = runs_as(layer, variable, &text, &now) {
                // What is accepted means something.
                let _ = taken.variables_mut(module).set_text(variable.position(), &runs);
            }
        }
    }
    taken
}

fn runs_as(layer: &Config, variable: &'static Variable, text: &[u8], now: &[u8]) -> Option<Vec<u8>> {
    let judge = Judge { variable, version: layer.version, files: &NoFiles, datadir: b"" };
    let runs = match judge.judge(text, now, &mut Vec::new()) {
        Verdict::Accepted(runs) => runs,
        Verdict::Ignored => now.to_vec(),
        Verdict::Refused { .. } | Verdict::ResetInSilence => return None,
    };
    if variable.name() != "server_capabilities" {
        return Some(runs);
    }
    // Some bits are those of other variables, whichever is set last.
    let others =
        variable.module().variables(layer.version).iter().filter_map(|other| other.spec().capability);
    let theirs = others.fold(0, |bits, bit| bits | bit);
    let bits = (strtoul_low_32(&runs) & !theirs) | (strtoul_low_32(now) & theirs);
    Some(bits.cast_signed().to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Version;

    #[test]
    fn what_runs_as_another_text() {
        let mut running = Config::new(Version::V2_7);
        let mut layer = running.clone();
        layer.mysql.server_version = "5.1.30".into();
        running.mysql.server_version = "5.5.30".into();
        running.mysql.server_capabilities |= 32;
        layer.mysql.max_connections += 1;
        let taken = taken_over(&layer, &running);
        assert_eq!(taken.mysql.server_version, "5.5.30");
        assert_eq!(taken.mysql.server_capabilities, running.mysql.server_capabilities);
        assert_eq!(taken.mysql.max_connections, layer.mysql.max_connections);
        // A bit of its own is a difference.
        layer.mysql.server_capabilities ^= 1;
        assert_ne!(taken_over(&layer, &running).mysql.server_capabilities, running.mysql.server_capabilities);
    }
}
