//! The stack machine of pickle, protocols 0 to 5, less everything that would call Python.

use std::collections::HashMap;

use super::bytes::Bytes;
use super::{Id, Malformed, Pickle, Stored, StoredObject, literals};

/// Most values one pickle may hold. The largest real file in question, RRSIS-D's `refs(unc).p`, has about a million.
const MAX_VALUES: usize = 1 << 22;

/// What one opcode may fail with; the offset is added by [`run`].
pub(super) type Step<T> = Result<T, String>;

/// Reads one pickle from the start of `bytes`; also gives its length.
pub(super) fn run(bytes: &[u8]) -> Result<(Pickle, usize), Malformed> {
    let mut machine = Machine::new(bytes);
    loop {
        let offset = machine.input.position();
        match machine.step() {
            Ok(None) => {}
            Ok(Some(root)) => return Ok((Pickle { stored: machine.stored, root }, machine.input.position())),
            Err(why) => return Err(Malformed { offset, why }),
        }
    }
}

struct Machine<'b> {
    input: Bytes<'b>,
    stored: Vec<Stored>,
    stack: Vec<Id>,
    /// Heights of the stack where a mark was set.
    marks: Vec<usize>,
    // A map, since a file may number its first memo entry four thousand million.
    memo: HashMap<u32, Id>,
    /// One `None`, `True` and `False` for the whole file.
    none: Id,
    truth: [Id; 2],
    empty_tuple: Id,
}

impl<'b> Machine<'b> {
    fn new(bytes: &'b [u8]) -> Self {
        let stored =
            vec![Stored::None, Stored::Bool(false), Stored::Bool(true), Stored::Tuple(Vec::new().into_boxed_slice())];
        Self {
            input: Bytes::new(bytes),
            stored,
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            none: Id(0),
            truth: [Id(1), Id(2)],
            empty_tuple: Id(3),
        }
    }

    /// Runs one opcode; `Some` is the result at the end of the pickle.
    fn step(&mut self) -> Step<Option<Id>> {
        match self.input.byte()? {
            b'.' => return self.pop().map(Some),
            // Framing and protocol: lengths are hints for a buffering reader, nothing to allocate by.
            0x80 => self.protocol()?,
            0x95 => drop(self.input.take(8)?),
            // Numbers, truth values, text.
            b'N' => self.stack.push(self.none),
            0x88 => self.stack.push(self.truth[1]),
            0x89 => self.stack.push(self.truth[0]),
            b'I' | b'L' => {
                let value = literals::integer_line(self.input.short_line()?)?;
                self.push(value)?;
            }
            b'J' => {
                let value = i32::from_le_bytes(self.input.array()?);
                self.push(Stored::Int(value.into()))?;
            }
            b'K' => {
                let value = self.input.byte()?;
                self.push(Stored::Int(value.into()))?;
            }
            b'M' => {
                let value = u16::from_le_bytes(self.input.array()?);
                self.push(Stored::Int(value.into()))?;
            }
            0x8a => self.push_counted(1, |bytes| Ok(literals::integer(bytes)))?,
            0x8b => self.push_counted(4, |bytes| Ok(literals::integer(bytes)))?,
            b'F' => {
                let value = literals::float_line(self.input.short_line()?)?;
                self.push(value)?;
            }
            b'G' => {
                let value = f64::from_be_bytes(self.input.array()?);
                self.push(Stored::Float(value))?;
            }
            b'X' => self.push_counted(4, literals::text)?,
            0x8c => self.push_counted(1, literals::text)?,
            0x8d => self.push_counted(8, literals::text)?,
            b'V' => {
                let value = literals::unicode_line(self.input.line()?)?;
                self.push(value)?;
            }
            b'S' => {
                let value = literals::quoted_line(self.input.line()?)?;
                self.push(value)?;
            }
            b'T' => self.push_counted(4, |bytes| Ok(literals::text_or_bytes(bytes.to_vec())))?,
            b'U' => self.push_counted(1, |bytes| Ok(literals::text_or_bytes(bytes.to_vec())))?,
            b'B' => self.push_counted(4, |bytes| Ok(Stored::Bytes(bytes.into())))?,
            b'C' => self.push_counted(1, |bytes| Ok(Stored::Bytes(bytes.into())))?,
            0x8e | 0x96 => self.push_counted(8, |bytes| Ok(Stored::Bytes(bytes.into())))?,
            // Containers.
            b']' => self.push(Stored::List(Vec::new()))?,
            b'}' => self.push(Stored::Dict(Vec::new()))?,
            0x8f => self.push(Stored::Set(Vec::new()))?,
            b')' => self.stack.push(self.empty_tuple),
            b'l' => self.collect(Stored::List)?,
            b't' => self.collect(|ids| Stored::Tuple(ids.into_boxed_slice()))?,
            0x91 => self.collect(Stored::Set)?,
            b'd' => {
                let entries = pairs(&self.pop_to_mark()?)?;
                self.push(Stored::Dict(entries))?;
            }
            size @ 0x85..=0x87 => self.short_tuple(usize::from(size - 0x84))?,
            b'a' => {
                let element = self.pop()?;
                self.extend(&[element])?;
            }
            b'e' | 0x90 => {
                let elements = self.pop_to_mark()?;
                self.extend(&elements)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set_entries(&[key, value])?;
            }
            b'u' => {
                let flat = self.pop_to_mark()?;
                self.set_entries(&flat)?;
            }
            // The stack and the memo.
            b'(' => self.marks.push(self.stack.len()),
            b'0' => self.pop_or_mark()?,
            b'1' => drop(self.pop_to_mark()?),
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
            }
            b'p' => {
                let index = self.memo_line()?;
                self.put(index)?;
            }
            b'q' => {
                let index = self.input.byte()?;
                self.put(index.into())?;
            }
            b'r' => {
                let index = u32::from_le_bytes(self.input.array()?);
                self.put(index)?;
            }
            0x94 => {
                let index = u32::try_from(self.memo.len()).map_err(|_| "the memo is full")?;
                self.put(index)?;
            }
            b'g' => {
                let index = self.memo_line()?;
                self.recall(index)?;
            }
            b'h' => {
                let index = self.input.byte()?;
                self.recall(index.into())?;
            }
            b'j' => {
                let index = u32::from_le_bytes(self.input.array()?);
                self.recall(index)?;
            }
            // Classes, calls and instances: written down, not made.
            b'c' => {
                let class = self.text_global()?;
                self.stack.push(class);
            }
            0x93 => self.stack_global()?,
            b'R' => {
                let (args, class) = (self.pop()?, self.pop()?);
                self.call(class, args)?;
            }
            0x81 => {
                let (args, class) = (self.pop()?, self.pop()?);
                self.object(class, args)?;
            }
            0x92 => {
                // Keyword arguments are kept as the object's state until a real one comes.
                let (kwargs, args, class) = (self.pop()?, self.pop()?, self.pop()?);
                self.object(class, args)?;
                self.build(kwargs)?;
            }
            b'i' => {
                let class = self.text_global()?;
                let args = self.pop_to_mark()?;
                let args = self.store(Stored::Tuple(args.into_boxed_slice()))?;
                self.object(class, args)?;
            }
            b'o' => {
                let mut parts = self.pop_to_mark()?.into_iter();
                let class = parts.next().ok_or("an instance without a class")?;
                let args = self.store(Stored::Tuple(parts.collect()))?;
                self.object(class, args)?;
            }
            b'b' => {
                let state = self.pop()?;
                self.build(state)?;
            }
            b'P' => {
                let line = self.input.line()?;
                let text = String::from_utf8(line.to_vec()).map_err(|_| "a reference that is no text")?;
                let id = self.store(Stored::Str(text.into_boxed_str()))?;
                self.push(Stored::Persistent(id))?;
            }
            b'Q' => {
                let id = self.pop()?;
                self.push(Stored::Persistent(id))?;
            }
            0x82..=0x84 => return Err("it needs Python's extension registry".into()),
            0x97 | 0x98 => return Err("it keeps data in buffers outside the file".into()),
            other => return Err(format!("0x{other:02x} is no pickle opcode")),
        }
        Ok(None)
    }

    fn protocol(&mut self) -> Step<()> {
        match self.input.byte()? {
            0..=5 => Ok(()),
            newer => Err(format!("pickle protocol {newer} is not known")),
        }
    }

    // ---- storing values ------------------------------------------------------------------------------------------

    fn store(&mut self, value: Stored) -> Step<Id> {
        if self.stored.len() >= MAX_VALUES {
            return Err(format!("it holds more than {MAX_VALUES} values"));
        }
        let id = u32::try_from(self.stored.len()).map_err(|_| "too many values")?;
        self.stored.push(value);
        Ok(Id(id))
    }

    fn push(&mut self, value: Stored) -> Step<()> {
        let id = self.store(value)?;
        self.stack.push(id);
        Ok(())
    }

    /// Pushes what `make` reads from the bytes after a length of `width` bytes.
    fn push_counted(&mut self, width: usize, make: impl FnOnce(&[u8]) -> Step<Stored>) -> Step<()> {
        let value = make(self.input.counted(width)?)?;
        self.push(value)
    }

    fn get(&self, id: Id) -> &Stored {
        self.stored.get(id.0 as usize).unwrap_or(&Stored::None)
    }

    /// Lowest stack height an opcode may pop to.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self) -> Step<Id> {
        if self.stack.len() <= self.floor() {
            return Err("it takes a value that is not there".into());
        }
        self.stack.pop().ok_or_else(|| "it takes a value that is not there".into())
    }

    fn pop_or_mark(&mut self) -> Step<()> {
        if self.stack.len() > self.floor() {
            self.stack.pop();
            Ok(())
        } else {
            self.marks.pop().map(drop).ok_or_else(|| "it drops a value that is not there".into())
        }
    }

    fn pop_to_mark(&mut self) -> Step<Vec<Id>> {
        let height = self.marks.pop().ok_or("it goes back to a mark that is not there")?;
        Ok(self.stack.split_off(height))
    }

    fn top(&self) -> Step<Id> {
        if self.stack.len() <= self.floor() {
            return Err("it uses a value that is not there".into());
        }
        self.stack.last().copied().ok_or_else(|| "it uses a value that is not there".into())
    }

    fn collect(&mut self, make: impl FnOnce(Vec<Id>) -> Stored) -> Step<()> {
        let ids = self.pop_to_mark()?;
        self.push(make(ids))
    }

    fn short_tuple(&mut self, size: usize) -> Step<()> {
        let mut ids = Vec::with_capacity(size);
        for _ in 0..size {
            ids.push(self.pop()?);
        }
        ids.reverse();
        self.push(Stored::Tuple(ids.into_boxed_slice()))
    }

    fn extend(&mut self, elements: &[Id]) -> Step<()> {
        let target = self.top()?;
        match self.stored.get_mut(target.0 as usize) {
            Some(Stored::List(list) | Stored::Set(list)) => list.extend_from_slice(elements),
            Some(Stored::Object(object)) => object.elements.extend_from_slice(elements),
            _ => return Err("it appends to what is no list".into()),
        }
        Ok(())
    }

    fn set_entries(&mut self, flat: &[Id]) -> Step<()> {
        let entries = pairs(flat)?;
        let target = self.top()?;
        match self.stored.get_mut(target.0 as usize) {
            Some(Stored::Dict(dict)) => dict.extend(entries),
            Some(Stored::Object(object)) => object.entries.extend(entries),
            _ => return Err("it sets a key of what is no dictionary".into()),
        }
        Ok(())
    }

    fn put(&mut self, index: u32) -> Step<()> {
        let top = self.top()?;
        self.memo.insert(index, top);
        Ok(())
    }

    fn recall(&mut self, index: u32) -> Step<()> {
        let id = self.memo.get(&index).ok_or_else(|| format!("it recalls value {index}, which was never kept"))?;
        self.stack.push(*id);
        Ok(())
    }

    fn memo_line(&mut self) -> Step<u32> {
        self.input.short_line()?.parse().map_err(|_| "a memo index that is no number".into())
    }

    // ---- classes and instances -----------------------------------------------------------------------------------

    fn text_global(&mut self) -> Step<Id> {
        let module = Stored::Str(self.input.short_line()?.into());
        let name = Stored::Str(self.input.short_line()?.into());
        let (module, name) = (self.store(module)?, self.store(name)?);
        self.store(Stored::Global { module, name })
    }

    fn stack_global(&mut self) -> Step<()> {
        let (name, module) = (self.pop()?, self.pop()?);
        if !matches!((self.get(module), self.get(name)), (Stored::Str(_), Stored::Str(_))) {
            return Err("a class whose name is no text".into());
        }
        self.push(Stored::Global { module, name })
    }

    /// A call. The two ways Python 2 made plain instances and filled ordered dictionaries are seen through.
    fn call(&mut self, class: Id, args: Id) -> Step<()> {
        let first = match self.get(args) {
            Stored::Tuple(ids) => ids.first().copied(),
            _ => return Err("a call whose arguments are no tuple".into()),
        };
        if self.is_global(class, &["copyreg", "copy_reg"], "_reconstructor")
            && let Some(real) = first
        {
            return self.object(real, self.empty_tuple);
        }
        self.object(class, args)?;
        if self.is_global(class, &["collections"], "OrderedDict")
            && let Some(list) = first
        {
            self.fill_from_pairs(list)?;
        }
        Ok(())
    }

    /// `OrderedDict([[key, value], ...])`. The list is taken over, not copied, so that using one list for many
    /// dictionaries cannot multiply it.
    fn fill_from_pairs(&mut self, list: Id) -> Step<()> {
        let Some(Stored::List(items)) = self.stored.get_mut(list.0 as usize) else { return Ok(()) };
        let items = std::mem::take(items);
        let mut flat = Vec::with_capacity(items.len() * 2);
        for item in items {
            match self.get(item) {
                Stored::List(pair) if pair.len() == 2 => flat.extend_from_slice(pair),
                Stored::Tuple(pair) if pair.len() == 2 => flat.extend_from_slice(pair),
                _ => return Err("an ordered dictionary made from what are no pairs".into()),
            }
        }
        self.set_entries(&flat)
    }

    fn is_global(&self, class: Id, modules: &[&str], wanted: &str) -> bool {
        let Stored::Global { module, name } = self.get(class) else { return false };
        let text = |id: Id| if let Stored::Str(text) = self.get(id) { &**text } else { "" };
        modules.contains(&text(*module)) && text(*name) == wanted
    }

    fn object(&mut self, class: Id, args: Id) -> Step<()> {
        if !matches!(self.get(class), Stored::Global { .. }) {
            return Err("it calls what is no class or function".into());
        }
        if !matches!(self.get(args), Stored::Tuple(_)) {
            return Err("a call whose arguments are no tuple".into());
        }
        self.push(Stored::Object(Box::new(StoredObject {
            class,
            args,
            state: None,
            elements: Vec::new(),
            entries: Vec::new(),
        })))
    }

    fn build(&mut self, state: Id) -> Step<()> {
        let target = self.top()?;
        match self.stored.get_mut(target.0 as usize) {
            Some(Stored::Object(object)) => object.state = Some(state),
            _ => return Err("it sets the state of what is no object".into()),
        }
        Ok(())
    }
}

/// Keys and values in turn, as pairs.
fn pairs(flat: &[Id]) -> Step<Vec<(Id, Id)>> {
    let (pairs, rest) = flat.as_chunks::<2>();
    if rest.is_empty() {
        Ok(pairs.iter().map(|[key, value]| (*key, *value)).collect())
    } else {
        Err("a key without a value".into())
    }
}
