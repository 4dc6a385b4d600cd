//! Stub.
#![allow(missing_docs, missing_debug_implementations)]
use super::Config;
use crate::libconfig::Document;
use crate::schema::Version;
#[derive(Default)]
pub struct LoadOptions<'a>(std::marker::PhantomData<&'a ()>);
impl<'a> LoadOptions<'a> {
    pub fn new() -> Self {
        Self::default()
    }
    pub fn version(self, _: Version) -> Self {
        self
    }
    pub fn version_string(self, _: &'a str) -> Self {
        self
    }
}
pub struct Loaded {
    pub memory: Config,
    pub failure: Option<()>,
}
impl Config {
    pub fn load(_: &Document, _: &LoadOptions<'_>) -> Loaded {
        Loaded { memory: Config::default(), failure: None }
    }
}
