//! JSON Schema of a configuration, from the declarations of tables and variables: for editors, which
//! then complete names, show what they mean and mark what is wrong.

use serde_json::{Map, Value, json};

use super::settings::{SETTINGS, SettingKind, SettingSpec};
use crate::schema::{Cell, Column, Module, Shape, Table, TableSchema, Unit, ValueShape, Variable, Version};

/// The JSON Schema (draft 2020-12) of the JSON and YAML of a [`Config`](super::Config) of a version.
///
/// It has every table, column and variable of the version with its description, default and range. Of
/// a row it takes what the types and each CHECK of a single column take; CHECKs between columns, keys,
/// and what a server makes of a text are beyond it.
///
/// ```
/// use proxysql_kit::config::json_schema;
/// use proxysql_kit::schema::Version;
///
/// let schema = json_schema(Version::V2_7);
/// assert!(schema.contains("\"description\": \"TCP port of the server; 0 means"));
/// ```
pub fn json_schema(version: Version) -> String {
    // The alternate form of a `Value` is that in lines.
    format!("{:#}\n", schema(version))
}

fn schema(version: Version) -> Value {
    let mut properties = Map::new();
    properties.insert("$schema".into(), json!({"description": "This schema.", "type": "string"}));
    properties.insert(
        "version".into(),
        json!({"description": "The version of ProxySQL.", "const": version.name()}),
    );
    for setting in SETTINGS.iter().filter(|setting| setting.since <= version) {
        properties.insert(setting.name.into(), of_setting(setting));
    }
    for module in Module::ALL.into_iter().filter(|module| module.is_in(version)) {
        properties.insert(module.section().into(), of_variables(module, version));
    }
    for table in Table::of(version) {
        properties.insert(table.name().into(), of_table(table));
    }
    // Without it the version is the default one.
    let required: &[&str] = if version == Version::default() { &[] } else { &["version"] };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("Configuration of ProxySQL {version}"),
        "description": format!("What a ProxySQL {} holds. What is absent has its default.", version.release()),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
        "$defs": {
            "text": {
                "description": "A text, or bytes that are no UTF-8 in hexadecimal digits.",
                "anyOf": [
                    {"type": "string"},
                    {
                        "type": "object",
                        "properties": {"hex": {"type": "string", "pattern": "^([0-9A-Fa-f]{2})*$"}},
                        "required": ["hex"],
                        "additionalProperties": false,
                    },
                ],
            },
        },
    })
}

fn of_setting(setting: &SettingSpec) -> Value {
    let mut value = described(setting.doc.trim());
    value.extend(match setting.kind {
        SettingKind::Text => entries(json!({"anyOf": [text(), no_text()]})),
        SettingKind::Int => {
            entries(json!({"type": ["integer", "null"], "minimum": i32::MIN, "maximum": i32::MAX}))
        }
        SettingKind::Bool => entries(json!({"type": ["boolean", "null"]})),
    });
    Value::Object(value)
}

fn of_table(table: &TableSchema) -> Value {
    let properties = table.columns().iter().map(|column| (column.name().to_owned(), of_column(column)));
    let required = table.columns().iter().filter(|column| column.is_required()).map(Column::name);
    json!({
        "description": one_line(table.table().doc()),
        "type": "array",
        "items": {
            "type": "object",
            "properties": properties.collect::<Map<_, _>>(),
            "required": required.collect::<Vec<_>>(),
            "additionalProperties": false,
        },
    })
}

fn of_column(column: &Column) -> Value {
    let mut value = described(column.doc());
    match column.default() {
        Some(Cell::Int(number)) => _ = value.insert("default".into(), number.into()),
        Some(Cell::Text(text)) => _ = value.insert("default".into(), String::from_utf8_lossy(text).into()),
        Some(Cell::Null) if column.is_nullable() => _ = value.insert("default".into(), Value::Null),
        _ => {}
    }
    let nullable = column.is_nullable();
    value.extend(match column.shape() {
        Shape::Bool => one_of(vec![json!(0), json!(1), json!(false), json!(true)], nullable),
        Shape::Numbers(names) => {
            let numbers = names.iter().filter_map(|name| name.parse::<i64>().ok());
            one_of(numbers.map(Value::from).collect(), nullable)
        }
        Shape::Int { min, max } => integer(column, min, max),
        Shape::Text | Shape::Secret if nullable => entries(json!({"anyOf": [text(), no_text()]})),
        Shape::Text | Shape::Secret => entries(text()),
        Shape::OneOf { names, any_case } => {
            // A version may take fewer of them.
            let taken = |name: &&&str| {
                let verdict = column.constraint().map(|check| check.holds(|_| Cell::Text(name.as_bytes())));
                verdict.flatten() != Some(false)
            };
            let names: Vec<_> = names.iter().filter(taken).copied().collect();
            if any_case { in_any_case(&names) } else { entries(json!({"enum": names})) }
        }
    });
    Value::Object(value)
}

fn integer(column: &Column, min: i64, max: i64) -> Map<String, Value> {
    let check = column.constraint().map(|check| check.bounds(column.position()));
    let (least, greatest) = check.unwrap_or_default();
    let min = least.map_or(min, |least| least.max(min));
    let max = greatest.map_or(max, |greatest| greatest.min(max));
    let kind = if column.is_nullable() { json!(["integer", "null"]) } else { json!("integer") };
    entries(json!({"type": kind, "minimum": min, "maximum": max}))
}

fn of_variables(module: Module, version: Version) -> Value {
    let variables = module.variables(version).iter();
    let mut properties: Map<_, _> =
        variables.map(|variable| (variable.name().to_owned(), of_variable(variable))).collect();
    let other = json!({
        "type": "object",
        "properties": {"name": text(), "value": text()},
        "required": ["name", "value"],
        "additionalProperties": false,
    });
    let description = "Rows of global_variables whose names are none of these.";
    properties.insert("others".into(), json!({"description": description, "type": "array", "items": other}));
    json!({
        "description": format!("The variables of the module {module}, without the prefix {module}-."),
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

/// A text is taken for every variable: its server reads nothing else.
fn of_variable(variable: &Variable) -> Value {
    let doc = variable.doc();
    let mut value = described(doc);
    if let Some(unit) = variable.unit().and_then(unit_name).filter(|unit| !doc.contains(unit)) {
        value.insert("description".into(), format!("{} In {unit}.", one_line(doc)).into());
    }
    value.insert("default".into(), default_of(variable));
    value.extend(match variable.shape() {
        ValueShape::Bool => {
            let spellings = pattern(&["true", "false", "1", "0"]);
            entries(json!({"anyOf": [
                {"type": "boolean"},
                {"enum": [0, 1]},
                {"type": "string", "pattern": spellings},
            ]}))
        }
        ValueShape::Int => {
            let mut number = entries(json!({"type": ["integer", "string"]}));
            if let Some((min, max)) = variable.range() {
                // 2.0 has a default that it would not accept: server_capabilities.
                let default = variable.default().parse().unwrap_or(min);
                number.insert("minimum".into(), min.min(default).into());
                number.insert("maximum".into(), max.max(default).into());
            }
            number
        }
        ValueShape::OneOf(names) if variable.spec().exact_case => entries(json!({"enum": names})),
        ValueShape::OneOf(names) => in_any_case(names),
        ValueShape::Text | ValueShape::Secret => entries(text()),
    });
    Value::Object(value)
}

fn default_of(variable: &Variable) -> Value {
    let text = variable.default();
    let typed = match variable.shape() {
        ValueShape::Bool => text.parse().ok().map(Value::Bool),
        ValueShape::Int => text.parse::<i64>().ok().map(Value::from),
        ValueShape::Text | ValueShape::Secret | ValueShape::OneOf(_) => None,
    };
    typed.unwrap_or_else(|| text.into())
}

fn unit_name(unit: Unit) -> Option<&'static str> {
    match unit {
        Unit::Milliseconds => Some("milliseconds"),
        Unit::Seconds => Some("seconds"),
        Unit::Bytes => Some("bytes"),
        Unit::Megabytes => Some("megabytes"),
        Unit::Percent => Some("percent"),
        Unit::Count | Unit::Flags => None,
    }
}

fn described(doc: &str) -> Map<String, Value> {
    entries(json!({"description": one_line(doc)}))
}

/// Lines of a doc comment as one.
fn one_line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn one_of(mut values: Vec<Value>, nullable: bool) -> Map<String, Value> {
    if nullable {
        values.push(Value::Null);
    }
    entries(json!({"enum": values}))
}

/// The usual spellings first, which is what editors offer.
fn in_any_case(names: &[&str]) -> Map<String, Value> {
    entries(json!({"anyOf": [{"enum": names}, {"type": "string", "pattern": pattern(names)}]}))
}

/// A regular expression for names in any case: JSON Schema knows no flags.
fn pattern(names: &[&str]) -> String {
    let letter = |c: char| match c {
        c if c.is_ascii_alphabetic() => format!("[{}{}]", c.to_ascii_uppercase(), c.to_ascii_lowercase()),
        c if c.is_ascii_alphanumeric() || c == '_' => c.to_string(),
        c => format!("\\{c}"),
    };
    let names: Vec<String> = names.iter().map(|name| name.chars().map(letter).collect()).collect();
    format!("^({})$", names.join("|"))
}

fn text() -> Value {
    json!({"$ref": "#/$defs/text"})
}

fn no_text() -> Value {
    json!({"type": "null"})
}

fn entries(object: Value) -> Map<String, Value> {
    if let Value::Object(entries) = object { entries } else { Map::new() }
}
