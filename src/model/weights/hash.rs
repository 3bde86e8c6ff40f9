//! The hash of a model: SHA-256 over its tensors, whatever else the file says.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::tensor::Tensor;

/// Gathers tensors in any order; the hash depends on names, shapes, element types and bytes only.
///
/// It is the SHA-256 of, for each tensor in the order of names: length of the name, name, and the SHA-256 of element
/// type, shape and bytes. Lengths and sizes are 64-bit little-endian.
#[derive(Debug, Default)]
pub struct ModelHash {
    digests: BTreeMap<String, [u8; 32]>,
}

impl ModelHash {
    /// Adds one tensor.
    pub fn add(&mut self, name: &str, tensor: &Tensor) {
        let mut hasher = Sha256::new();
        hasher.update(tensor.dtype().name().as_bytes());
        hasher.update([0]);
        hasher.update((tensor.shape().len() as u64).to_le_bytes());
        for &size in tensor.shape() {
            hasher.update((size as u64).to_le_bytes());
        }
        hasher.update(tensor.data());
        self.digests.insert(name.to_owned(), hasher.finalize().into());
    }

    /// The hash of all tensors added, in hexadecimal.
    pub fn finish(&self) -> String {
        let mut hasher = Sha256::new();
        for (name, digest) in &self.digests {
            hasher.update((name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
            hasher.update(digest);
        }
        hexadecimal(&hasher.finalize())
    }
}

/// The SHA-256 of a whole file, in hexadecimal, as `sha256sum` prints it.
pub fn of_file(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut block = vec![0; 1 << 20];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(hexadecimal(&hasher.finalize())),
            count => hasher.update(&block[..count]),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_tensors_does_not_matter_but_everything_else_does() {
        let tensor = |shape: &[usize], values: &[f32]| Tensor::from_f32(shape.to_vec(), values).unwrap();
        let hash = |parts: &[(&str, Tensor)]| {
            let mut hash = ModelHash::default();
            parts.iter().for_each(|(name, tensor)| hash.add(name, tensor));
            hash.finish()
        };
        let (a, b) = (("a", tensor(&[2], &[1.0, 2.0])), ("b", tensor(&[1], &[3.0])));
        let both = hash(&[a.clone(), b.clone()]);
        assert_eq!(both, hash(&[b.clone(), a.clone()]));
        assert_ne!(both, hash(&[("a2", a.1.clone()), b.clone()]));
        assert_ne!(both, hash(&[("a", tensor(&[2, 1], &[1.0, 2.0])), b.clone()]));
        assert_ne!(both, hash(&[("a", tensor(&[2], &[1.0, 2.5])), b.clone()]));
        assert_ne!(both, hash(&[("a", a.1.clone().into_f16()), b]));
    }

    #[test]
    fn a_file_hashes_as_sha256sum_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        // FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(of_file(&path).unwrap(), expected);
    }
}
