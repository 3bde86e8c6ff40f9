//! A tensor as a file holds it: element type, shape and bytes.

use half::{bf16, f16};

/// Element types that weights come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dtype {
    /// 64-bit float.
    F64,
    /// 32-bit float.
    F32,
    /// 16-bit float, IEEE.
    F16,
    /// 16-bit float with the exponent of an F32.
    Bf16,
    /// 64-bit integer.
    I64,
    /// 32-bit integer.
    I32,
    /// 16-bit integer.
    I16,
    /// 8-bit integer.
    I8,
    /// 8-bit unsigned integer.
    U8,
    /// Truth value, one byte.
    Bool,
}

impl Dtype {
    /// Bytes one element takes.
    pub fn size(self) -> usize {
        match self {
            Self::F64 | Self::I64 => 8,
            Self::F32 | Self::I32 => 4,
            Self::F16 | Self::Bf16 | Self::I16 => 2,
            Self::I8 | Self::U8 | Self::Bool => 1,
        }
    }

    /// Whether the elements are floats.
    pub fn is_float(self) -> bool {
        matches!(self, Self::F64 | Self::F32 | Self::F16 | Self::Bf16)
    }

    /// The name in a safetensors header.
    pub fn name(self) -> &'static str {
        match self {
            Self::F64 => "F64",
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Bf16 => "BF16",
            Self::I64 => "I64",
            Self::I32 => "I32",
            Self::I16 => "I16",
            Self::I8 => "I8",
            Self::U8 => "U8",
            Self::Bool => "BOOL",
        }
    }

    /// The type a safetensors header means; `None` for one that holds no weights (complex, 4-bit, ...).
    pub(super) fn from_safetensors(dtype: safetensors::Dtype) -> Option<Self> {
        use safetensors::Dtype as Theirs;
        Some(match dtype {
            Theirs::F64 => Self::F64,
            Theirs::F32 => Self::F32,
            Theirs::F16 => Self::F16,
            Theirs::BF16 => Self::Bf16,
            Theirs::I64 => Self::I64,
            Theirs::I32 => Self::I32,
            Theirs::I16 => Self::I16,
            Theirs::I8 => Self::I8,
            Theirs::U8 => Self::U8,
            Theirs::BOOL => Self::Bool,
            _ => return None,
        })
    }
}

/// A tensor: row-major, little-endian.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    dtype: Dtype,
    shape: Vec<usize>,
    data: Vec<u8>,
}

impl Tensor {
    /// A tensor of `data`, or `None` when its length does not fit the shape.
    pub fn new(dtype: Dtype, shape: Vec<usize>, data: Vec<u8>) -> Option<Self> {
        (byte_length(dtype, &shape)? == data.len()).then_some(Self { dtype, shape, data })
    }

    /// A tensor of 32-bit floats, or `None` when their number does not fit the shape.
    pub fn from_f32(shape: Vec<usize>, values: &[f32]) -> Option<Self> {
        Self::new(Dtype::F32, shape, values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    /// A tensor of 64-bit integers, or `None` when their number does not fit the shape.
    pub fn from_i64(shape: Vec<usize>, values: &[i64]) -> Option<Self> {
        Self::new(Dtype::I64, shape, values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    /// Element type.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// Size of each axis, outermost first; empty for a scalar.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The elements, row-major, little-endian.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.data.len() / self.dtype.size()
    }

    /// Whether it has no element.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The elements as 32-bit floats, rounded to nearest where they are wider.
    pub fn to_f32(&self) -> Vec<f32> {
        match self.dtype {
            Dtype::F32 => self.elements(f32::from_le_bytes),
            Dtype::F64 => self.elements(|bytes| f64::from_le_bytes(bytes) as f32),
            Dtype::F16 => self.elements(|bytes| f16::from_le_bytes(bytes).to_f32()),
            Dtype::Bf16 => self.elements(|bytes| bf16::from_le_bytes(bytes).to_f32()),
            _ => self.to_i64().into_iter().map(|value| value as f32).collect(),
        }
    }

    /// The elements as 64-bit floats.
    pub fn to_f64(&self) -> Vec<f64> {
        match self.dtype {
            Dtype::F64 => self.elements(f64::from_le_bytes),
            _ if self.dtype.is_float() => self.to_f32().into_iter().map(f64::from).collect(),
            _ => self.to_i64().into_iter().map(|value| value as f64).collect(),
        }
    }

    /// The elements as integers; floats lose their fraction.
    pub fn to_i64(&self) -> Vec<i64> {
        match self.dtype {
            Dtype::I64 => self.elements(i64::from_le_bytes),
            Dtype::I32 => self.elements(|bytes| i32::from_le_bytes(bytes).into()),
            Dtype::I16 => self.elements(|bytes| i16::from_le_bytes(bytes).into()),
            Dtype::I8 => self.elements(|bytes| i8::from_le_bytes(bytes).into()),
            Dtype::U8 => self.elements(|[byte]| byte.into()),
            Dtype::Bool => self.elements(|[byte]| i64::from(byte != 0)),
            Dtype::F64 | Dtype::F32 | Dtype::F16 | Dtype::Bf16 => {
                self.to_f64().into_iter().map(|value| value as i64).collect()
            }
        }
    }

    /// The same tensor with 32-bit floats.
    pub fn into_f32(self) -> Self {
        if self.dtype == Dtype::F32 {
            return self;
        }
        let data = self.to_f32().into_iter().flat_map(f32::to_le_bytes).collect();
        Self { dtype: Dtype::F32, shape: self.shape, data }
    }

    /// The same tensor with 16-bit floats, rounded to nearest even; too large a value becomes infinite.
    pub fn into_f16(self) -> Self {
        if self.dtype == Dtype::F16 {
            return self;
        }
        let data = self.to_f32().into_iter().flat_map(|value| f16::from_f32(value).to_le_bytes()).collect();
        Self { dtype: Dtype::F16, shape: self.shape, data }
    }

    fn elements<const N: usize, T>(&self, convert: impl Fn([u8; N]) -> T) -> Vec<T> {
        let (elements, _) = self.data.as_chunks::<N>();
        elements.iter().map(|bytes| convert(*bytes)).collect()
    }
}

/// Number of elements of `shape`, `None` if it overflows.
pub(super) fn element_count(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |product, &size| product.checked_mul(size))
}

/// Bytes that a tensor of `shape` takes, `None` if it overflows.
pub(super) fn byte_length(dtype: Dtype, shape: &[usize]) -> Option<usize> {
    element_count(shape)?.checked_mul(dtype.size())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_float_type_becomes_the_same_f32() {
        let values = [0.0f32, -1.5, 0.25, 96.0];
        let of = |dtype, data: Vec<u8>| Tensor::new(dtype, vec![4], data).unwrap().to_f32();
        assert_eq!(of(Dtype::F64, values.iter().flat_map(|v| f64::from(*v).to_le_bytes()).collect()), values);
        assert_eq!(of(Dtype::F16, values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect()), values);
        assert_eq!(of(Dtype::Bf16, values.iter().flat_map(|v| bf16::from_f32(*v).to_le_bytes()).collect()), values);
    }

    #[test]
    fn integers_of_every_width_keep_their_sign() {
        for (dtype, data) in [
            (Dtype::I64, (-3i64).to_le_bytes().to_vec()),
            (Dtype::I32, (-3i32).to_le_bytes().to_vec()),
            (Dtype::I16, (-3i16).to_le_bytes().to_vec()),
            (Dtype::I8, (-3i8).to_le_bytes().to_vec()),
        ] {
            let tensor = Tensor::new(dtype, vec![], data).unwrap();
            assert_eq!((tensor.to_i64(), tensor.to_f32()), (vec![-3], vec![-3.0]), "{dtype:?}");
        }
    }

    #[test]
    fn data_that_does_not_fill_its_shape_is_refused() {
        assert!(Tensor::new(Dtype::F32, vec![2, 2], vec![0; 15]).is_none());
        assert!(Tensor::new(Dtype::F32, vec![usize::MAX, 2], vec![0; 16]).is_none());
    }
}
