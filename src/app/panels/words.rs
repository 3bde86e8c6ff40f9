//! Counts and times as a person would say them.

/// `3 labels`, `1 label`.
pub(super) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// `12 s`, `3 min`, `1.5 h`.
pub(super) fn span(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{:.0} s", s.max(1.0)),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// `11 MB`, `1.2 GB`.
pub(super) fn size(bytes: u64) -> String {
    match bytes as f64 / 1e6 {
        megabytes if megabytes < 1000.0 => format!("{:.0} MB", megabytes.max(1.0)),
        megabytes => format!("{:.1} GB", megabytes / 1e3),
    }
}
