//! Pickled values as JSON, within a budget.

use serde_json::{Map, Value as Json};

use super::{Entries, Items, Node, Object, Value};

/// Deepest nesting that is followed.
const MAX_DEPTH: usize = 64;

/// Writes values as JSON until its budget is spent.
pub(super) struct Writer<'f, 'a> {
    /// Values and text bytes that may still be written.
    pub budget: &'f mut usize,
    /// Decides a value before its kind does.
    pub special: &'f mut dyn FnMut(Node<'a>) -> Option<Json>,
}

impl<'a> Writer<'_, 'a> {
    /// `node` at nesting `depth`; `None` when the budget is spent or the nesting too deep.
    pub(super) fn write(&mut self, node: Node<'a>, depth: usize) -> Option<Json> {
        self.spend(1)?;
        if depth > MAX_DEPTH {
            return None;
        }
        if let Some(json) = (self.special)(node) {
            return Some(json);
        }
        Some(match node.value() {
            Value::None => Json::Null,
            Value::Bool(value) => Json::Bool(value),
            Value::Int(value) => Json::from(value),
            Value::BigInt(bytes) => Json::from(format!("integer of {} bytes", bytes.len())),
            Value::Float(value) if value.is_finite() => Json::from(value),
            Value::Float(value) => Json::from(value.to_string()),
            Value::Str(text) => self.text(text)?,
            Value::Bytes(bytes) => Json::from(format!("{} bytes", bytes.len())),
            Value::List(items) | Value::Tuple(items) | Value::Set(items) => self.list(items, depth)?,
            Value::Dict(entries) => Json::Object(self.map(entries, depth)?),
            Value::Global { module, name } => self.text(&format!("{module}.{name}"))?,
            Value::Object(object) => self.object(object, depth)?,
            Value::Persistent(_) => Json::from("external reference"),
        })
    }

    fn object(&mut self, object: Object<'a>, depth: usize) -> Option<Json> {
        if !object.elements().is_empty() {
            return self.list(object.elements(), depth);
        }
        let mut map = self.map(object.entries(), depth)?;
        // A dictionary's attributes are bookkeeping (`_metadata` of a state dict), an object's are its content.
        if !object.is_dictionary()
            && let Some(attributes) = object.state().and_then(Node::entries)
        {
            map.append(&mut self.map(attributes, depth)?);
        }
        Some(Json::Object(map))
    }

    fn list(&mut self, items: Items<'a>, depth: usize) -> Option<Json> {
        items.iter().map(|item| self.write(item, depth + 1)).collect::<Option<Vec<_>>>().map(Into::into)
    }

    fn map(&mut self, entries: Entries<'a>, depth: usize) -> Option<Map<String, Json>> {
        let mut map = Map::new();
        for (key, value) in entries.iter() {
            let key = match key.value() {
                Value::Str(text) => {
                    self.spend(text.len())?;
                    text.to_owned()
                }
                Value::Int(number) => number.to_string(),
                _ => key.kind().to_owned(),
            };
            map.insert(key, self.write(value, depth + 1)?);
        }
        Some(map)
    }

    fn text(&mut self, text: &str) -> Option<Json> {
        self.spend(text.len())?;
        Some(Json::from(text))
    }

    fn spend(&mut self, amount: usize) -> Option<()> {
        let left = self.budget.checked_sub(amount);
        *self.budget = left.unwrap_or(0);
        left.map(drop)
    }
}
