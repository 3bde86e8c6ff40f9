//! Files made to do harm, and files that were damaged: an error, never a panic, a hang or a large allocation.

use std::path::Path;

use proptest::prelude::*;
use referent::model::weights::archive::Archive;
use referent::model::weights::{ImportOptions, ModelFile, import};

use crate::synthetic;
use crate::torch_writer::{Saved, legacy, state_dict, write_zip};

const LONG: &str =
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000";

/// Opens and reads everything in a file; the error if there is one.
fn read_all(path: &Path) -> Result<(), String> {
    let archive = Archive::open(path).map_err(|error| error.to_string())?;
    let _ = archive.metadata();
    for entry in archive.entries() {
        archive.read(entry).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn refused(tensors: &[Saved], storages: &[(&str, Vec<u8>)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.pth");
    write_zip(&path, &state_dict(tensors), storages, "little", false);
    read_all(&path).unwrap_err()
}

#[test]
fn sizes_that_a_header_only_claims_are_refused() {
    let storage = [("0", vec![0u8; 16])];
    let good = Saved::new("a", "FloatStorage", "0", &[4]);
    let with = |change: &dyn Fn(&mut Saved)| {
        let mut tensor = good.clone();
        change(&mut tensor);
        refused(&[tensor], &storage)
    };
    for (why, error) in [
        ("overflow", with(&|t| (t.shape, t.strides) = (vec![1 << 40, 1 << 40], vec![0, 0]))),
        ("elements but its storage", with(&|t| (t.shape, t.strides) = (vec![1 << 40], vec![0]))),
        ("reaches element", with(&|t| t.shape = vec![1 << 40])),
        ("reaches element", with(&|t| t.offset = 1)),
        ("reaches element", with(&|t| t.offset = (1 << 63) - 1)),
        ("overflow", with(&|t| (t.shape, t.strides) = (vec![3, 3], vec![1 << 62, 1 << 62]))),
        ("16 of the", with(&|t| (t.length, t.shape) = (1 << 40, vec![1 << 40]))),
        ("missing from the archive", with(&|t| t.key = "../../etc/passwd")),
        ("endless", with(&|t| t.key = LONG)),
        ("QuantizedStorage", with(&|t| t.storage = "QuantizedStorage")),
        ("axes", with(&|t| t.strides = vec![1, 1])),
    ] {
        assert!(error.contains(why), "{why}: {error}");
        assert!(error.contains("tensor a"), "{error}");
    }
    assert!(refused(&[good.clone(), good], &storage).contains("twice"));
}

#[test]
fn a_zip_bomb_is_refused_before_it_is_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.pth");
    let zeros = 64 << 20;
    let tensor = Saved::new("a", "FloatStorage", "0", &[zeros / 4]);
    write_zip(&path, &state_dict(&[tensor]), &[("0", vec![0; zeros as usize])], "little", true);
    assert!(std::fs::metadata(&path).unwrap().len() < 1 << 20);
    assert!(read_all(&path).unwrap_err().contains("claims"));
}

#[test]
fn a_zip_that_claims_endless_entries_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("endless.pth");
    // End of central directory, 64 bits wide, with four thousand million million entries.
    let mut file = b"PK\x03\x04".to_vec();
    file.resize(64, 0);
    let record = file.len() as u64;
    file.extend(b"PK\x06\x06");
    file.extend(44u64.to_le_bytes());
    file.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    file.extend((1u64 << 52).to_le_bytes());
    file.extend((1u64 << 52).to_le_bytes());
    file.extend((1u64 << 60).to_le_bytes());
    file.extend(0u64.to_le_bytes());
    file.extend(b"PK\x06\x07\0\0\0\0");
    file.extend(record.to_le_bytes());
    file.extend(1u32.to_le_bytes());
    file.extend(b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
    for claimed in [44, 0, u64::MAX, u64::MAX - 11] {
        file[68..76].copy_from_slice(&claimed.to_le_bytes());
        std::fs::write(&path, &file).unwrap();
        assert!(read_all(&path).is_err());
    }
}

#[test]
fn safetensors_headers_that_lie_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lie.safetensors");
    let file = |header: &str, data: usize| {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.bytes());
        bytes.resize(bytes.len() + data, 0);
        bytes
    };
    let entry =
        |shape: &str, end: u64| format!(r#"{{"a":{{"dtype":"F32","shape":{shape},"data_offsets":[0,{end}]}}}}"#);
    let max = u64::MAX;
    for bytes in [
        file(&entry("[4]", 16), 12),
        file(&entry("[4]", 16), 20),
        file(&entry("[5]", 16), 16),
        file(&entry(&format!("[{max},{max}]"), 16), 16),
        file(&entry("[1099511627776]", 4 << 40), 16),
        file(r#"{"a":{"dtype":"F4","shape":[4],"data_offsets":[0,16]}}"#, 16),
        file(r#"{"a":{"dtype":"C64","shape":[2],"data_offsets":[0,16]}}"#, 16),
        file(&"{".repeat(100_000), 0),
        file(&format!("{{\"a\":{}", "[".repeat(100_000)), 0),
        [&max.to_le_bytes()[..], b"{}"].concat(),
        [&(1u64 << 40).to_le_bytes()[..], b"{}"].concat(),
    ] {
        std::fs::write(&path, bytes).unwrap();
        assert!(read_all(&path).is_err());
        assert!(ModelFile::open(&path).is_err());
    }
}

#[test]
fn files_of_other_kinds_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other");
    let refuse = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        import(&path, &ImportOptions::default()).unwrap_err().to_string()
    };
    assert!(refuse(b"").contains("neither"));
    assert!(refuse(b"PNG, perhaps").contains("neither"));
    assert!(refuse(b"\x80\x02K\x01.").contains("not one that torch.save writes"));
    assert!(refuse(b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0").contains("no data.pkl"));
    write_zip(&path, b"\x80\x02cmy_package\nNet\n)R.", &[], "little", false);
    assert!(read_all(&path).unwrap_err().contains("my_package.Net"));
    write_zip(&path, b"\x80\x02K\x01.", &[], "little", false);
    assert!(read_all(&path).unwrap_err().contains("an integer instead of a dictionary"));
    write_zip(&path, b"\x80\x02}X\x05\0\0\0epochK\x01s.", &[], "little", false);
    assert!(read_all(&path).unwrap_err().contains("no tensors (its keys: epoch)"));
    assert!(import(folder.path(), &ImportOptions::default()).unwrap_err().to_string().contains("folder"));
    assert!(
        import(&folder.path().join("none"), &ImportOptions::default())
            .unwrap_err()
            .to_string()
            .contains("check the path")
    );
    if cfg!(unix) {
        assert!(
            import(Path::new("/dev/zero"), &ImportOptions::default()).unwrap_err().to_string().contains("no ordinary")
        );
    }
    let no_model = synthetic::fixture("preprocess/preprocess.safetensors");
    let error = import(&no_model, &ImportOptions::default()).unwrap_err().to_string();
    assert!(error.contains("no network this program has"), "{error}");
    let checkpoint = synthetic::fixture("official_layout/model_best_FIANet.pth");
    assert!(ModelFile::open(&checkpoint).unwrap_err().to_string().contains("referent model import"));
}

#[test]
fn many_keys_that_share_one_endless_value_are_soon_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.pth");
    // {"model": {...}, "0": bomb, "1": bomb, ...}, where the bomb is 10^20 values long.
    let mut pickle = b"\x80\x02]q\x00".to_vec();
    for level in 0..20u8 {
        pickle.extend(b"](");
        (0..10).for_each(|_| pickle.extend([b'h', level]));
        pickle.extend([b'e', b'q', level + 1]);
    }
    pickle.extend(b"}(X\x05\0\0\0model");
    let weights = state_dict(&[Saved::new("a", "FloatStorage", "0", &[1])]);
    pickle.extend(&weights[2..weights.len() - 1]);
    for key in 0..20_000 {
        let key = format!("{key:08}");
        pickle.extend([b"X\x08\0\0\0", key.as_bytes(), b"h\x14"].concat());
    }
    pickle.extend(b"u.");
    write_zip(&path, &pickle, &[("0", vec![0; 4])], "little", false);
    let facts = Archive::open(&path).unwrap().metadata();
    assert_eq!(facts.as_object().unwrap().len(), 20_000);
    assert_eq!(facts["00019999"], "too large to show");
}

#[test]
fn an_old_file_whose_storages_are_not_there_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.pth");
    let pickle = state_dict(&[Saved::new("a", "FloatStorage", "0", &[4])]);
    for (count, held, why) in
        [(1u64 << 61, 16, "more than the file has"), (u64::MAX, 16, "negative"), (4, 12, "more than")]
    {
        std::fs::write(&path, legacy(&pickle, &[("0", count, vec![0; held])], true)).unwrap();
        let error = read_all(&path).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
    std::fs::write(&path, legacy(&pickle, &[("0", 2, vec![0; 8])], true)).unwrap();
    assert!(read_all(&path).unwrap_err().contains("8 of the 16 bytes"));
    std::fs::write(&path, legacy(&pickle, &[], true)).unwrap();
    assert!(read_all(&path).unwrap_err().contains("missing"));
}

#[test]
fn a_checkpoint_cut_anywhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.pth");
    for name in ["pretrained/bert_micro_old_names.bin", "pretrained/swin_expected_resized.safetensors"] {
        let whole = std::fs::read(synthetic::fixture(name)).unwrap();
        for part in 0..100 {
            std::fs::write(&path, &whole[..whole.len() * part / 100]).unwrap();
            assert!(read_all(&path).is_err(), "{name} cut at {part} %");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn changed_bytes_in_any_format_never_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        format in 0usize..3,
        near_end in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("changed");
        let tensors = [Saved::new("a", "FloatStorage", "0", &[2, 2]), Saved::new("b", "LongStorage", "1", &[1])];
        match format {
            0 => write_zip(&path, &state_dict(&tensors), &[("0", vec![1; 16]), ("1", vec![2; 8])], "little", false),
            1 => {
                let storages = [("0", 4, vec![1; 16]), ("1", 1, vec![2; 8])];
                std::fs::write(&path, legacy(&state_dict(&tensors), &storages, true)).unwrap();
            }
            _ => drop(std::fs::copy(synthetic::fixture("pretrained/swin_expected_resized.safetensors"), &path).unwrap()),
        }
        let mut bytes = std::fs::read(&path).unwrap();
        for (at, byte) in changes {
            // The directory of a zip is at its end, the header of the others at their start.
            let region = bytes.len().min(900);
            let from = if near_end { bytes.len() - region } else { 0 };
            bytes[from + at.index(region)] = byte;
        }
        std::fs::write(&path, bytes).unwrap();
        let _ = read_all(&path);
        let _ = import(&path, &ImportOptions::default());
        let _ = ModelFile::open(&path);
    }

    #[test]
    fn random_bytes_behind_every_magic_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), magic in 0usize..4) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("random");
        let head: &[u8] = [&b"PK\x03\x04"[..], b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", b"\x40\0\0\0\0\0\0\0{", b""][magic];
        std::fs::write(&path, [head, &bytes].concat()).unwrap();
        let _ = read_all(&path);
        let _ = ModelFile::open(&path);
    }
}
