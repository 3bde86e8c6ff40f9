//! The `segmentation` field of COCO files: outlines, run lengths or several of them.

use serde::Deserialize;
use serde_json::Value;

use super::shape::{Joining, Shape};
use crate::error::{Error, Result};
use crate::train::mask::Size;
use crate::train::mask::polygon::Ring;
use crate::train::rle::Rle;

/// Reads a `segmentation` field of a picture of `size`. Fails when it is empty, malformed or made for another size.
pub(super) fn shape(field: &Value, size: Size, joining: Joining) -> Result<Shape> {
    let parts = match field {
        Value::Array(parts) => parts.as_slice(),
        Value::Object(_) => std::slice::from_ref(field),
        _ => return Err(malformed("it is neither a list nor run lengths")),
    };
    match parts.first() {
        None => Err(malformed("it is empty")),
        Some(Value::Array(_)) => Ok(Shape::Polygons(parts.iter().map(ring).collect::<Result<_>>()?, joining)),
        Some(_) => Ok(Shape::Runs(parts.iter().map(|part| runs(part, size)).collect::<Result<_>>()?, joining)),
    }
}

/// `[x, y, x, y, ...]` with at least three corners.
fn ring(part: &Value) -> Result<Ring> {
    let numbers: Option<Vec<f64>> = part.as_array().and_then(|list| list.iter().map(Value::as_f64).collect());
    let numbers = numbers.ok_or_else(|| malformed("an outline is not a list of numbers"))?;
    let (corners, rest) = numbers.as_chunks::<2>();
    if corners.len() < 3 || !rest.is_empty() {
        return Err(malformed(format!("an outline has {} numbers and no three corners", numbers.len())));
    }
    Ok(corners.to_vec())
}

fn runs(part: &Value, size: Size) -> Result<Rle> {
    let rle = Rle::deserialize(part).map_err(|error| malformed(error.to_string()))?;
    if rle.size() != size {
        return Err(malformed(format!("it was made for {} pixels and the picture has {size}", rle.size())));
    }
    Ok(rle)
}

fn malformed(why: impl Into<String>) -> Error {
    Error::new("cannot use a segmentation", why, "label the object again")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(field: Value) -> Result<Shape> {
        shape(&field, Size::new(4, 3).unwrap(), Joining::Any)
    }

    #[test]
    fn outlines_run_lengths_and_lists_of_them_are_understood() {
        let square = json!([[0.0, 0.0, 2.0, 0.0, 2.0, 2.0, 0.0, 2.0]]);
        let runs = json!({"size": [3, 4], "counts": [0, 2, 1, 2, 7]});
        let size = Size::new(4, 3).unwrap();
        for field in [square, runs.clone(), json!([runs])] {
            assert_eq!(read(field).unwrap().read(size).unwrap().area(), 4);
        }
    }

    #[test]
    fn what_is_no_mask_is_refused() {
        for field in [
            json!([]),
            json!(null),
            json!([1, 2, 3]),
            json!([[0, 0, 1, 1]]),
            json!([[0, 0, 1, 1, 2, 2, 3]]),
            json!([[0, 0, "1", 1, 2, 2]]),
            json!({"size": [4, 3], "counts": [12]}),
            json!({"size": [3, 4], "counts": "~~~"}),
        ] {
            assert!(read(field.clone()).is_err(), "{field}");
        }
    }
}
