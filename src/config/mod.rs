//! The configuration that ProxySQL makes of a file.

#[allow(dead_code)]
mod pasted;
