//! The check of the `digest.jsonl` vectors.

use proxysql_kit::digest::{Options, digest};
use serde_json::Value as Json;

use crate::support::{bytes, same, text};

/// `digest.jsonl`: a query and options, and what `ProxySQL` makes of it.
pub fn check(vector: &Json) -> Result<(), String> {
    let ours = digest(&bytes(&vector["query"]), &options(&vector["options"]));
    same("text", text(ours.text()), vector["digest_text"].clone())?;
    same("first comment", ours.first_comment().map_or(Json::Null, text), vector["first_comment"].clone())?;
    same("hash", Json::from(ours.hash().to_string()), vector["digest"].clone())
}

fn options(json: &Json) -> Options {
    let number = |name: &str| i32::try_from(json[name].as_i64().unwrap()).unwrap();
    let yes = |name: &str| json[name].as_bool().unwrap();
    Options::new()
        .max_query_length(number("max_query_length").try_into().unwrap())
        .lowercase(yes("lowercase"))
        .replace_null(yes("replace_null"))
        .no_digits(yes("no_digits"))
        .grouping_limit(number("grouping_limit"))
        .groups_grouping_limit(number("groups_grouping_limit"))
        .keep_comment(yes("keep_comment"))
}
