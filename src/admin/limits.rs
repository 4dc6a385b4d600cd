//! What the other side may make us hold.

/// What the other side may send at most. What is too big is known from its header, before it is held.
///
/// ```
/// use proxysql_kit::admin::Limits;
///
/// let mut limits = Limits::default();
/// limits.rows = 1000;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one packet: a row, or a query. Less than 4 GiB; what is more counts as that. 64 MiB by
    /// default, as much as mysql-max_allowed_packet lets through.
    pub packet_bytes: usize,
    /// Columns of a result set: 4096 by default, as MySQL's own limit is.
    pub columns: usize,
    /// Rows of a result set: 50 million by default.
    pub rows: u64,
    /// Bytes of a result set: 8 GiB by default.
    pub result_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { packet_bytes: 64 << 20, columns: 4096, rows: 50_000_000, result_bytes: 8 << 30 }
    }
}
