//! Python pickles as plain data: read, never executed.
//!
//! A pickle is a program for a stack machine that may call any Python function. [`Pickle::read`] runs only the part
//! that builds data; a call or a class instance becomes an [`Object`] that says what would have been called with what.
//! Values live in one arena, so that an object shared a million times is stored once, a cycle is harmless and
//! dropping a deeply nested value needs no recursion.

mod bytes;
mod json;
mod literals;
mod machine;

use std::fmt;

/// A pickle that cannot be read: where and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why} (byte {offset} of the pickle)")]
pub struct Malformed {
    /// Offset of the opcode that failed, from the start of the pickle.
    pub offset: usize,
    /// Why, as a phrase.
    pub why: String,
}

/// Index of a stored value in its [`Pickle`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Id(u32);

/// A value as the machine stores it.
#[derive(Debug)]
enum Stored {
    None,
    Bool(bool),
    Int(i64),
    BigInt(Box<[u8]>),
    Float(f64),
    Str(Box<str>),
    Bytes(Box<[u8]>),
    List(Vec<Id>),
    Tuple(Box<[Id]>),
    Set(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Global { module: Id, name: Id },
    Object(Box<StoredObject>),
    Persistent(Id),
}

/// What is known of an instance or a call.
#[derive(Debug)]
struct StoredObject {
    class: Id,
    args: Id,
    state: Option<Id>,
    elements: Vec<Id>,
    entries: Vec<(Id, Id)>,
}

/// One pickle, read.
#[derive(Debug)]
pub struct Pickle {
    stored: Vec<Stored>,
    root: Id,
}

impl Pickle {
    /// Reads the pickle (protocol 0 to 5) that `bytes` starts with; what follows its end is ignored.
    ///
    /// Memory is bounded by the length of `bytes`, at most about 100 bytes for one. Fails on an opcode that needs
    /// Python itself (extension registry, out-of-band buffers), on inconsistent input and on over four million values.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        Self::read_prefix(bytes).map(|(pickle, _)| pickle)
    }

    /// Like [`Pickle::read`], and says how many bytes the pickle took.
    pub fn read_prefix(bytes: &[u8]) -> Result<(Self, usize), Malformed> {
        machine::run(bytes)
    }

    /// The value the pickle stands for.
    pub fn root(&self) -> Node<'_> {
        self.node(self.root)
    }

    /// What each external reference of the pickle names, in the order of the file.
    pub fn persistent_references(&self) -> impl Iterator<Item = Node<'_>> {
        self.stored.iter().filter_map(|value| match value {
            Stored::Persistent(id) => Some(self.node(*id)),
            _ => None,
        })
    }

    fn node(&self, id: Id) -> Node<'_> {
        Node { pickle: self, id }
    }

    fn stored(&self, id: Id) -> &Stored {
        // Ids are only made by the machine, for values it has stored; the fallback keeps this total all the same.
        self.stored.get(id.0 as usize).unwrap_or(&Stored::None)
    }
}

/// A value inside a [`Pickle`], cheap to copy.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    pickle: &'a Pickle,
    id: Id,
}

/// What a [`Node`] is.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An integer that fits 64 bits.
    Int(i64),
    /// A longer integer: two's complement, least significant byte first.
    BigInt(&'a [u8]),
    /// A float.
    Float(f64),
    /// A string. Python 2 byte strings are strings here when they are UTF-8.
    Str(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A list.
    List(Items<'a>),
    /// A tuple.
    Tuple(Items<'a>),
    /// A set or frozen set, in the order of the file.
    Set(Items<'a>),
    /// A dictionary, in the order of the file.
    Dict(Entries<'a>),
    /// A class or function, by name.
    Global {
        /// The module, Python 2's names for built-in ones replaced by Python 3's.
        module: &'a str,
        /// The qualified name.
        name: &'a str,
    },
    /// An instance, or the call that would have made it.
    Object(Object<'a>),
    /// A reference to something kept outside the pickle, such as a tensor's storage.
    Persistent(Node<'a>),
}

impl<'a> Node<'a> {
    /// What this is, for matching.
    pub fn value(self) -> Value<'a> {
        let pickle = self.pickle;
        match pickle.stored(self.id) {
            Stored::None => Value::None,
            Stored::Bool(value) => Value::Bool(*value),
            Stored::Int(value) => Value::Int(*value),
            Stored::BigInt(bytes) => Value::BigInt(bytes),
            Stored::Float(value) => Value::Float(*value),
            Stored::Str(text) => Value::Str(text),
            Stored::Bytes(bytes) => Value::Bytes(bytes),
            Stored::List(ids) => Value::List(Items { pickle, ids }),
            Stored::Tuple(ids) => Value::Tuple(Items { pickle, ids }),
            Stored::Set(ids) => Value::Set(Items { pickle, ids }),
            Stored::Dict(ids) => Value::Dict(Entries { pickle, ids }),
            Stored::Global { module, name } => Value::Global {
                module: match pickle.node(*module).as_str().unwrap_or_default() {
                    "__builtin__" => "builtins",
                    "copy_reg" => "copyreg",
                    other => other,
                },
                name: pickle.node(*name).as_str().unwrap_or_default(),
            },
            Stored::Object(object) => match set_elements(pickle, object) {
                Some(ids) => Value::Set(Items { pickle, ids }),
                None => Value::Object(Object { pickle, object }),
            },
            Stored::Persistent(id) => Value::Persistent(pickle.node(*id)),
        }
    }

    /// The string, if it is one.
    pub fn as_str(self) -> Option<&'a str> {
        if let Stored::Str(text) = self.pickle.stored(self.id) { Some(text) } else { None }
    }

    /// The integer or truth value, if it is one of at most 64 bits.
    pub fn as_i64(self) -> Option<i64> {
        match self.pickle.stored(self.id) {
            Stored::Int(value) => Some(*value),
            Stored::Bool(value) => Some(i64::from(*value)),
            _ => None,
        }
    }

    /// The integer as a size or index, if it is one and not negative.
    pub fn as_usize(self) -> Option<usize> {
        self.as_i64().and_then(|value| usize::try_from(value).ok())
    }

    /// The number as a float, if it is one.
    pub fn as_f64(self) -> Option<f64> {
        match self.pickle.stored(self.id) {
            Stored::Float(value) => Some(*value),
            _ => self.as_i64().map(|value| value as f64),
        }
    }

    /// The elements of a list, tuple or set.
    pub fn items(self) -> Option<Items<'a>> {
        match self.value() {
            Value::List(items) | Value::Tuple(items) | Value::Set(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a dictionary or of an object that is one (`collections.OrderedDict`).
    pub fn entries(self) -> Option<Entries<'a>> {
        match self.value() {
            Value::Dict(entries) => Some(entries),
            Value::Object(object) if object.is_dictionary() => Some(object.entries()),
            _ => None,
        }
    }

    /// The value under `key`: of a dictionary, or an attribute of an object. The last one wins, as in Python.
    pub fn get(self, key: &str) -> Option<Node<'a>> {
        let find = |entries: Entries<'a>| entries.iter().rev().find(|(k, _)| k.as_str() == Some(key)).map(|(_, v)| v);
        match self.value() {
            Value::Dict(entries) => find(entries),
            Value::Object(object) => {
                find(object.entries()).or_else(|| object.state().and_then(Node::entries).and_then(find))
            }
            _ => None,
        }
    }

    /// What kind of value this is, for messages.
    pub fn kind(self) -> &'static str {
        match self.value() {
            Value::None => "None",
            Value::Bool(_) => "a truth value",
            Value::Int(_) | Value::BigInt(_) => "an integer",
            Value::Float(_) => "a float",
            Value::Str(_) => "a string",
            Value::Bytes(_) => "bytes",
            Value::List(_) => "a list",
            Value::Tuple(_) => "a tuple",
            Value::Set(_) => "a set",
            Value::Dict(_) => "a dictionary",
            Value::Global { .. } => "a class or function",
            Value::Object(_) => "an object",
            Value::Persistent(_) => "an external reference",
        }
    }

    /// This value as JSON. `special` decides a value first (a tensor, for instance); the rest follows by kind: an
    /// object becomes its entries and attributes, a class its dotted name, bytes their count.
    ///
    /// `None` when the result would exceed `budget` values and text bytes, or nests too deep: a shared value is
    /// written wherever it occurs, so a small pickle can describe an endless text. What was spent is taken off.
    pub fn to_json(
        self,
        budget: &mut usize,
        special: &mut dyn FnMut(Node<'a>) -> Option<serde_json::Value>,
    ) -> Option<serde_json::Value> {
        json::Writer { budget, special }.write(self, 0)
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (value {})", self.kind(), self.id.0)
    }
}

/// `set([...])` as protocols before 4 write it is a call; its elements are those of the list.
fn set_elements<'a>(pickle: &'a Pickle, object: &'a StoredObject) -> Option<&'a [Id]> {
    let Stored::Global { module, name } = pickle.stored(object.class) else { return None };
    let module = pickle.node(*module).as_str()?;
    let name = pickle.node(*name).as_str()?;
    if !matches!(module, "builtins" | "__builtin__") || !matches!(name, "set" | "frozenset") {
        return None;
    }
    let Stored::Tuple(args) = pickle.stored(object.args) else { return None };
    match args.first().map(|id| pickle.stored(*id)) {
        None => Some(&[]),
        Some(Stored::List(ids)) => Some(ids),
        Some(_) => None,
    }
}

/// The elements of a sequence or set.
#[derive(Clone, Copy)]
pub struct Items<'a> {
    pickle: &'a Pickle,
    ids: &'a [Id],
}

impl<'a> Items<'a> {
    /// How many.
    pub fn len(self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.ids.is_empty()
    }

    /// The element at `index`.
    pub fn get(self, index: usize) -> Option<Node<'a>> {
        self.ids.get(index).map(|id| self.pickle.node(*id))
    }

    /// All of them, in order.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Node<'a>> + ExactSizeIterator {
        self.ids.iter().map(move |id| self.pickle.node(*id))
    }
}

impl fmt::Debug for Items<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} elements", self.len())
    }
}

/// The entries of a dictionary, in the order of the file; a key may occur twice.
#[derive(Clone, Copy)]
pub struct Entries<'a> {
    pickle: &'a Pickle,
    ids: &'a [(Id, Id)],
}

impl<'a> Entries<'a> {
    /// How many.
    pub fn len(self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.ids.is_empty()
    }

    /// All (key, value) pairs, in order.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = (Node<'a>, Node<'a>)> + ExactSizeIterator {
        self.ids.iter().map(move |(key, value)| (self.pickle.node(*key), self.pickle.node(*value)))
    }
}

impl fmt::Debug for Entries<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} entries", self.len())
    }
}

/// An instance of a class, or a call whose result is unknown.
#[derive(Clone, Copy)]
pub struct Object<'a> {
    pickle: &'a Pickle,
    object: &'a StoredObject,
}

impl<'a> Object<'a> {
    /// Module and name of the class or function.
    pub fn class(self) -> (&'a str, &'a str) {
        match self.pickle.node(self.object.class).value() {
            Value::Global { module, name } => (module, name),
            _ => ("", ""),
        }
    }

    /// What it was called with.
    pub fn args(self) -> Items<'a> {
        let none = Items { pickle: self.pickle, ids: &[] };
        self.pickle.node(self.object.args).items().unwrap_or(none)
    }

    /// Its state, usually the dictionary of its attributes.
    pub fn state(self) -> Option<Node<'a>> {
        self.object.state.map(|id| self.pickle.node(id))
    }

    /// Its elements, where it is a kind of list.
    pub fn elements(self) -> Items<'a> {
        Items { pickle: self.pickle, ids: &self.object.elements }
    }

    /// Its entries, where it is a kind of dictionary.
    pub fn entries(self) -> Entries<'a> {
        Entries { pickle: self.pickle, ids: &self.object.entries }
    }

    /// Whether it is one of Python's own dictionary types.
    pub fn is_dictionary(self) -> bool {
        matches!(self.class(), ("collections", "OrderedDict" | "defaultdict" | "Counter"))
    }
}

impl fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (module, name) = self.class();
        write!(f, "{module}.{name}")
    }
}
