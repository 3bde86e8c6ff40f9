//! Counts and sizes as a person would say them.

/// `3 labels`, `1 label`.
pub(super) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// `11 MB`, `1.2 GB`.
pub(super) fn size(bytes: u64) -> String {
    match bytes as f64 / 1e6 {
        megabytes if megabytes < 1000.0 => format!("{:.0} MB", megabytes.max(1.0)),
        megabytes => format!("{:.1} GB", megabytes / 1e3),
    }
}
