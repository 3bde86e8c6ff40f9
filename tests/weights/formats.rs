//! One set of tensors in every form it can come in.

use half::{bf16, f16};
use referent::model::weights::archive::{Archive, Format};
use referent::model::weights::{Dtype, Tensor};

use crate::torch_writer::{Saved, legacy, state_dict, write_zip};

fn bytes<T, const N: usize>(values: &[T], convert: impl Fn(&T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(convert).collect()
}

fn floats(count: u8) -> Vec<u8> {
    (0..count).flat_map(|value| f32::from(value).to_le_bytes()).collect()
}

#[test]
fn every_element_type_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("types.pth");
    let kinds: Vec<(&'static str, Dtype, Vec<u8>)> = vec![
        ("DoubleStorage", Dtype::F64, bytes(&[1.5f64, -2.0], |v| v.to_le_bytes())),
        ("FloatStorage", Dtype::F32, bytes(&[1.5f32, -2.0], |v| v.to_le_bytes())),
        ("HalfStorage", Dtype::F16, bytes(&[1.5f32, -2.0], |v| f16::from_f32(*v).to_le_bytes())),
        ("BFloat16Storage", Dtype::Bf16, bytes(&[1.5f32, -2.0], |v| bf16::from_f32(*v).to_le_bytes())),
        ("LongStorage", Dtype::I64, bytes(&[1i64, -2], |v| v.to_le_bytes())),
        ("IntStorage", Dtype::I32, bytes(&[1i32, -2], |v| v.to_le_bytes())),
        ("ShortStorage", Dtype::I16, bytes(&[1i16, -2], |v| v.to_le_bytes())),
        ("CharStorage", Dtype::I8, bytes(&[1i8, -2], |v| v.to_le_bytes())),
        ("ByteStorage", Dtype::U8, vec![1, 254]),
        ("BoolStorage", Dtype::Bool, vec![1, 0]),
    ];
    let tensors: Vec<Saved> = kinds.iter().map(|(name, _, _)| Saved::new(name, name, name, &[2])).collect();
    let storages: Vec<(&str, Vec<u8>)> = kinds.iter().map(|(name, _, data)| (*name, data.clone())).collect();
    write_zip(&path, &state_dict(&tensors), &storages, "little", false);
    let archive = Archive::open(&path).unwrap();
    assert_eq!(archive.format(), Format::TorchZip);
    for (name, dtype, data) in &kinds {
        let tensor = archive.read(archive.entry(name).unwrap()).unwrap();
        assert_eq!(tensor, Tensor::new(*dtype, vec![2], data.clone()).unwrap(), "{name}");
        let expected = match *dtype {
            Dtype::U8 => [1.0, 254.0],
            Dtype::Bool => [1.0, 0.0],
            _ if dtype.is_float() => [1.5, -2.0],
            _ => [1.0, -2.0],
        };
        assert_eq!(tensor.to_f32(), expected, "{name}");
    }
}

#[test]
fn views_of_one_storage_are_read_as_torch_would() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("views.pth");
    let shared = |name, offset, shape: &[u64], strides: &[u64]| Saved {
        offset,
        length: 12,
        shape: shape.to_vec(),
        strides: strides.to_vec(),
        location: "cuda:0",
        ..Saved::new(name, "FloatStorage", "0", &[12])
    };
    let tensors = [
        shared("whole", 0, &[3, 4], &[4, 1]),
        shared("transposed", 0, &[4, 3], &[1, 4]),
        shared("column", 2, &[3], &[4]),
        shared("scalar", 7, &[], &[]),
        shared("every_second", 0, &[2, 2], &[8, 2]),
        shared("none", 12, &[0, 4], &[4, 1]),
        shared("odd_stride_of_one", 4, &[1, 4], &[99, 1]),
        Saved { parameter: true, ..shared("parameter", 8, &[4], &[1]) },
    ];
    for (byte_order, data) in
        [("little", floats(12)), ("big", (0..12u8).flat_map(|v| f32::from(v).to_be_bytes()).collect())]
    {
        write_zip(&path, &state_dict(&tensors), &[("0", data)], byte_order, false);
        let archive = Archive::open(&path).unwrap();
        let read = |name: &str| archive.read(archive.entry(name).unwrap()).unwrap();
        assert_eq!(read("whole").to_f32(), (0..12u8).map(f32::from).collect::<Vec<_>>());
        assert_eq!(read("transposed").to_f32(), [0., 4., 8., 1., 5., 9., 2., 6., 10., 3., 7., 11.]);
        assert_eq!(read("column").to_f32(), [2., 6., 10.]);
        assert_eq!((read("scalar").to_f32(), read("scalar").shape().len()), (vec![7.], 0));
        assert_eq!(read("every_second").to_f32(), [0., 2., 8., 10.]);
        assert_eq!((read("none").to_f32(), read("none").shape()), (vec![], &[0, 4][..]));
        assert_eq!(read("odd_stride_of_one").to_f32(), [4., 5., 6., 7.]);
        assert_eq!(read("parameter").to_f32(), [8., 9., 10., 11.]);
    }
}

#[test]
fn the_file_of_old_torch_holds_the_same_tensors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.pth");
    let tensors = [
        Saved::new("first", "FloatStorage", "94210", &[2, 3]),
        Saved::new("count", "LongStorage", "94211", &[]),
        Saved { offset: 2, ..Saved::new("part", "FloatStorage", "94210", &[4]) },
        Saved::new("half", "HalfStorage", "94212", &[2]),
    ];
    let mut tensors = tensors.to_vec();
    tensors[2].length = 6;
    let half = bytes(&[1.5f32, -2.0], |v| f16::from_f32(*v).to_le_bytes());
    let swapped =
        |data: &[u8], size: usize| data.chunks(size).flat_map(|c| c.iter().rev().copied()).collect::<Vec<_>>();
    for little in [true, false] {
        let data = |data: Vec<u8>, size: usize| if little { data } else { swapped(&data, size) };
        let storages = [
            ("94212", 2, data(half.clone(), 2)),
            ("94210", 6, data(floats(6), 4)),
            ("94211", 1, data(7i64.to_le_bytes().to_vec(), 8)),
        ];
        std::fs::write(&path, legacy(&state_dict(&tensors), &storages, little)).unwrap();
        let archive = Archive::open(&path).unwrap();
        assert_eq!(archive.format(), Format::TorchLegacy);
        let read = |name: &str| archive.read(archive.entry(name).unwrap()).unwrap();
        assert_eq!(read("first"), Tensor::from_f32(vec![2, 3], &[0., 1., 2., 3., 4., 5.]).unwrap());
        assert_eq!(read("part").to_f32(), [2., 3., 4., 5.]);
        assert_eq!(read("count"), Tensor::from_i64(vec![], &[7]).unwrap());
        assert_eq!(read("half").to_f32(), [1.5, -2.0]);
    }
}

#[test]
fn a_compressed_archive_is_read_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("packed.pth");
    write_zip(&path, &state_dict(&[Saved::new("a", "FloatStorage", "0", &[6])]), &[("0", floats(6))], "little", true);
    let archive = Archive::open(&path).unwrap();
    assert_eq!(archive.read(archive.entry("a").unwrap()).unwrap().to_f32(), [0., 1., 2., 3., 4., 5.]);
}

#[test]
fn a_changed_byte_in_a_storage_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changed.pth");
    write_zip(&path, &state_dict(&[Saved::new("a", "FloatStorage", "0", &[6])]), &[("0", floats(6))], "little", false);
    let mut file = std::fs::read(&path).unwrap();
    let five = 5f32.to_le_bytes();
    let at = file.windows(4).position(|window| window == five).unwrap();
    file[at + 1] ^= 1;
    std::fs::write(&path, file).unwrap();
    let archive = Archive::open(&path).unwrap();
    let error = archive.read(archive.entry("a").unwrap()).unwrap_err().to_string();
    assert!(error.contains("tensor a") && error.to_lowercase().contains("checksum"), "{error}");
}

#[test]
fn safetensors_are_read_by_name_with_the_texts_of_their_header() {
    let path = crate::synthetic::fixture("pretrained/swin_expected_resized.safetensors");
    let archive = Archive::open(&path).unwrap();
    assert_eq!((archive.format(), archive.entries().len()), (Format::Safetensors, 6));
    assert!(archive.root().is_none());
    assert_eq!(archive.metadata(), serde_json::json!({}));
    let entry = archive.entry("window12.layers.3.blocks.0.attn.relative_position_bias_table").unwrap();
    assert_eq!((entry.shape(), entry.dtype()), (&[529, 4][..], Dtype::F32));
    assert_eq!(archive.read(entry).unwrap().len(), 2116);
}
