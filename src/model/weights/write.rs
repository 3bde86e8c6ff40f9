//! Writing a model file: safetensors with its card, whole or not at all.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::card::{CARD_KEY, Card};
use super::hash::ModelHash;
use super::tensor::{Dtype, Tensor, byte_length};
use crate::error::{Error, Result};
use crate::files::{refusal, write_whole};

/// One tensor to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Name in the file.
    pub name: String,
    /// Element type.
    pub dtype: Dtype,
    /// Size of each axis.
    pub shape: Vec<usize>,
}

/// Writes a model file and gives its hash, which is also put in the card.
///
/// `read` is asked for each planned tensor once, so that never more than one is in memory. The file appears under
/// `path` only when it is complete; a file that is there already is replaced at that moment.
pub fn write_model(
    path: &Path,
    card: &Card,
    plan: &[Planned],
    mut read: impl FnMut(&Planned) -> Result<Tensor>,
) -> Result<String> {
    // Wide element types first, so that each tensor is aligned to its own size; otherwise the order of the plan.
    let mut order: Vec<&Planned> = plan.iter().collect();
    order.sort_by_key(|planned| std::cmp::Reverse(planned.dtype.size()));

    let mut card = Card { hash: "0".repeat(64), ..card.clone() };
    let header = header(&card, &order).ok_or_else(|| cannot_write(path, "its size overflows"))?;
    write_whole(path, |beside| {
        let failed = |cause: std::io::Error| refusal(path, cause);
        let mut file = BufWriter::with_capacity(1 << 20, File::create(beside).map_err(failed)?);
        file.write_all(&header).map_err(failed)?;
        let mut hash = ModelHash::default();
        for planned in &order {
            let tensor = read(planned)?;
            if tensor.dtype() != planned.dtype || tensor.shape() != planned.shape {
                return Err(cannot_write(path, &format!("tensor {} is not what was planned", planned.name)));
            }
            hash.add(&planned.name, &tensor);
            file.write_all(tensor.data()).map_err(failed)?;
        }
        card.hash = hash.finish();
        let completed = self::header(&card, &order).filter(|completed| completed.len() == header.len());
        let completed = completed.ok_or_else(|| cannot_write(path, "its header changed its length"))?;
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        file.write_all(&completed).map_err(failed)?;
        file.flush().map_err(failed)?;
        Ok(card.hash)
    })
}

/// The header with its length before it.
fn header(card: &Card, order: &[&Planned]) -> Option<Vec<u8>> {
    let mut map = Map::new();
    map.insert("__metadata__".into(), json!({ CARD_KEY: serde_json::to_string(card).ok()? }));
    let mut start = 0usize;
    for planned in order {
        let end = start.checked_add(byte_length(planned.dtype, &planned.shape)?)?;
        let info = json!({ "dtype": planned.dtype.name(), "shape": planned.shape, "data_offsets": [start, end] });
        map.insert(planned.name.clone(), info);
        start = end;
    }
    let mut text = Value::Object(map).to_string().into_bytes();
    // The tensors begin at a multiple of eight.
    text.resize(text.len().next_multiple_of(8), b' ');
    let mut header = (text.len() as u64).to_le_bytes().to_vec();
    header.append(&mut text);
    Some(header)
}

fn cannot_write(path: &Path, why: &str) -> Error {
    Error::new(format!("cannot write the model {}", path.display()), why, "check the folder, its rights and free space")
}
