//! Whether two JSON values are the same, at any depth, without recursion.

use serde_json::{Number, Value};

use super::decimal::Decimal;

/// Whether both are absent, or both the same value.
pub(super) fn same(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => same_value(one, other),
        _ => false,
    }
}

fn same_value(one: &Value, other: &Value) -> bool {
    let mut open = vec![(one, other)];
    while let Some(pair) = open.pop() {
        match pair {
            (Value::Null, Value::Null) => {}
            (Value::Bool(one), Value::Bool(other)) if one == other => {}
            (Value::Number(one), Value::Number(other)) if same_number(one, other) => {}
            (Value::String(one), Value::String(other)) if one == other => {}
            (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
                open.extend(one.iter().zip(other));
            }
            (Value::Object(one), Value::Object(other)) if one.len() == other.len() => {
                for (name, value) in one {
                    match other.get(name) {
                        Some(other) => open.push((value, other)),
                        None => return false,
                    }
                }
            }
            _ => return false,
        }
    }
    true
}

fn same_number(one: &Number, other: &Number) -> bool {
    one == other
        || match (Decimal::of(one), Decimal::of(other)) {
            (Some(one), Some(other)) => one == other,
            _ => false,
        }
}
