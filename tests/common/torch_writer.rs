//! Files as `torch.save` writes them, byte by byte, so that odd and hostile ones can be made without torch.

use std::io::Write;
use std::path::Path;

/// A tensor as a view of a storage. Sizes are what the file will claim, right or wrong.
#[derive(Debug, Clone)]
pub struct Saved {
    pub name: &'static str,
    /// `FloatStorage`, `HalfStorage`, ...
    pub storage: &'static str,
    pub key: &'static str,
    pub location: &'static str,
    /// Elements of the storage.
    pub length: u64,
    pub offset: u64,
    pub shape: Vec<u64>,
    pub strides: Vec<u64>,
    /// Wrapped in `torch.nn.Parameter`.
    pub parameter: bool,
}

impl Saved {
    /// A contiguous tensor with a storage of its own.
    pub fn new(name: &'static str, storage: &'static str, key: &'static str, shape: &[u64]) -> Self {
        let mut strides = vec![1; shape.len()];
        for axis in (1..shape.len()).rev() {
            strides[axis - 1] = strides[axis] * shape[axis];
        }
        let length = shape.iter().product();
        let shape = shape.to_vec();
        Self { name, storage, key, location: "cpu", length, offset: 0, shape, strides, parameter: false }
    }
}

/// Pickle of an ordered dictionary of tensors.
pub fn state_dict(tensors: &[Saved]) -> Vec<u8> {
    let mut pickle = b"\x80\x02ccollections\nOrderedDict\n)R(".to_vec();
    for tensor in tensors {
        text(&mut pickle, tensor.name);
        value(&mut pickle, tensor);
    }
    pickle.extend(b"u.");
    pickle
}

fn value(pickle: &mut Vec<u8>, tensor: &Saved) {
    if tensor.parameter {
        pickle.extend(b"ctorch._utils\n_rebuild_parameter\n(");
    }
    pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
    text(pickle, "storage");
    pickle.extend(format!("ctorch\n{}\n", tensor.storage).bytes());
    text(pickle, tensor.key);
    text(pickle, tensor.location);
    integer(pickle, tensor.length);
    pickle.extend(b"tQ");
    integer(pickle, tensor.offset);
    sizes(pickle, &tensor.shape);
    sizes(pickle, &tensor.strides);
    pickle.extend(b"\x89ccollections\nOrderedDict\n)RtR");
    if tensor.parameter {
        pickle.extend(b"\x88ccollections\nOrderedDict\n)RtR");
    }
}

fn sizes(pickle: &mut Vec<u8>, sizes: &[u64]) {
    pickle.push(b'(');
    sizes.iter().for_each(|&size| integer(pickle, size));
    pickle.push(b't');
}

fn integer(pickle: &mut Vec<u8>, value: u64) {
    pickle.extend([0x8a, 9]);
    pickle.extend(value.to_le_bytes());
    pickle.push(0);
}

fn text(pickle: &mut Vec<u8>, text: &str) {
    pickle.push(b'X');
    pickle.extend((text.len() as u32).to_le_bytes());
    pickle.extend(text.bytes());
}

/// The zip archive of torch 1.6 and later.
pub fn write_zip(path: &Path, pickle: &[u8], storages: &[(&str, Vec<u8>)], byte_order: &str, deflate: bool) {
    let method = if deflate { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    let mut archive = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    let mut record = |name: &str, data: &[u8]| {
        archive.start_file(format!("saved/{name}"), options).unwrap();
        archive.write_all(data).unwrap();
    };
    record("data.pkl", pickle);
    record("byteorder", byte_order.as_bytes());
    for (key, data) in storages {
        record(&format!("data/{key}"), data);
    }
    record("version", b"3\n");
    archive.finish().unwrap();
}

/// The plain file of torch before 1.6. A storage is (key, number of elements, bytes).
pub fn legacy(pickle: &[u8], storages: &[(&str, u64, Vec<u8>)], little_endian: bool) -> Vec<u8> {
    let mut file = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.".to_vec();
    file.extend(b"\x80\x02M\xe9\x03.");
    file.extend(b"\x80\x02}(");
    text(&mut file, "protocol_version");
    file.extend(b"M\xe9\x03");
    text(&mut file, "little_endian");
    file.push(if little_endian { 0x88 } else { 0x89 });
    file.extend(b"u.");
    file.extend(pickle);
    file.extend(b"\x80\x02](");
    storages.iter().for_each(|(key, _, _)| text(&mut file, key));
    file.extend(b"e.");
    for (_, count, data) in storages {
        file.extend(if little_endian { count.to_le_bytes() } else { count.to_be_bytes() });
        file.extend(data);
    }
    file
}
