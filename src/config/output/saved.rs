//! The file that a server writes of itself (`SELECT CONFIG INTO OUTFILE`), gaps included.

use crate::config::Config;
use crate::schema::{Cell, Column, Module, Row, Shape, Table, Version};

/// The tables that are saved, in that order.
const SAVED: [Table; 14] = [
    Table::MysqlUsers,
    Table::MysqlQueryRules,
    Table::MysqlServers,
    Table::MysqlReplicationHostgroups,
    Table::MysqlGroupReplicationHostgroups,
    Table::MysqlGaleraHostgroups,
    Table::MysqlAwsAuroraHostgroups,
    Table::PgsqlUsers,
    Table::PgsqlQueryRules,
    Table::PgsqlServers,
    Table::PgsqlReplicationHostgroups,
    Table::Scheduler,
    Table::RestapiRoutes,
    Table::ProxysqlServers,
];

impl Config {
    /// What `SELECT CONFIG INTO OUTFILE` of a server with this memory writes, byte for byte, from its first
    /// setting on; the banner of comments in front of it is left out. `None` for 2.0, which has no such
    /// statement.
    ///
    /// The file has the server's gaps: no settings outside of sections, no table that it does not know how
    /// to save, no empty text, nothing escaped but double quotes; it does not always read back, and with a
    /// route of the REST API it does not even parse. [`to_cnf`](Config::to_cnf) is faithful.
    ///
    /// ```
    /// use proxysql_kit::config::Config;
    /// use proxysql_kit::schema::{ProxysqlServer, Version};
    ///
    /// let mut config = Config::new(Version::V2_7);
    /// config.proxysql_servers.push(ProxysqlServer { hostname: "node1".into(), ..ProxysqlServer::default() });
    /// let saved = String::from_utf8(config.to_saved_cnf().unwrap())?;
    /// assert!(saved.starts_with("admin_variables =\n{\n\tadmin_credentials=\"admin:admin\"\n"));
    /// assert!(saved.ends_with("proxysql_servers:\n(\n\t{\n\t\thostname=\"node1\"\n\t\tport=6032\n\t\tweight=0\n\t}\n)\n"));
    /// assert!(Config::new(Version::V2_0).to_saved_cnf().is_none());
    /// # Ok::<(), std::string::FromUtf8Error>(())
    /// ```
    pub fn to_saved_cnf(&self) -> Option<Vec<u8>> {
        if self.version < Version::V2_7 {
            return None;
        }
        let mut out = Vec::new();
        variables(self, &mut out);
        for table in SAVED {
            rows(self, table, &mut out);
        }
        Some(out)
    }
}

fn variables(config: &Config, out: &mut Vec<u8>) {
    for module in Module::ALL.into_iter().filter(|module| module.is_in(config.version)) {
        if module != Module::Admin {
            out.extend(b"}\n\n");
        }
        out.extend(module.section().bytes());
        out.extend(if module == Module::Admin { &b" =\n{\n"[..] } else { b" = \n{\n" });
        let variables = config.variables(module);
        let own = module.variables(config.version).iter();
        let own = own.map(|variable| (variable.name().as_bytes(), variables.text(variable.position())));
        let others = variables.others().iter();
        let others = others.map(|(name, text)| (name.as_bytes(), text.as_bytes().into()));
        let mut rows: Vec<_> = own.chain(others).collect();
        rows.sort_by_key(|(name, _)| *name);
        for (name, text) in rows.iter().filter(|(_, text)| !text.is_empty()) {
            out.push(b'\t');
            out.extend(*name);
            out.extend(b"=\"");
            out.extend(&**text);
            out.extend(b"\"\n");
        }
    }
    out.extend(b"}\n");
}

fn rows(config: &Config, table: Table, out: &mut Vec<u8>) {
    let Some(schema) = table.schema(config.version) else { return };
    out.extend(schema.cnf_section().unwrap_or(schema.name()).bytes());
    out.extend(b":\n(\n");
    for (index, row) in config.table(table).iter().enumerate() {
        if index > 0 {
            out.extend(b",\n");
        }
        out.extend(b"\t{\n");
        for column in schema.columns() {
            value(row, column, out);
        }
        out.extend(b"\t}");
    }
    out.extend(b"\n)\n");
}

fn value(row: &dyn Row, column: &Column, out: &mut Vec<u8>) {
    let text = match row.cell(column.position()) {
        Cell::Null | Cell::Text(b"") => return,
        Cell::Int(number) => number.to_string().into_bytes(),
        Cell::Real(number) => number.to_string().into_bytes(),
        Cell::Text(text) => text.to_vec(),
    };
    // The server forgets them for `method`.
    let quotes = column.is_text() && !matches!(column.shape(), Shape::OneOf { names: ["GET", ..], .. });
    out.extend(b"\t\t");
    out.extend(column.name().bytes());
    out.push(b'=');
    if quotes {
        out.push(b'"');
    }
    for byte in text {
        if byte == b'"' {
            out.push(b'\\');
        }
        out.push(byte);
    }
    if quotes {
        out.push(b'"');
    }
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_tables_that_are_saved_are_written() {
        for schema in Table::of(Version::V3_0) {
            assert_eq!(SAVED.contains(&schema.table()), schema.is_saved(), "{}", schema.name());
        }
    }
}
