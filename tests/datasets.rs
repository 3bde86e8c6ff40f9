//! Data sets on disk: the published layouts, our own, what is wrong with some, and how they are split.

// Fixtures that cannot be read fail the test they are for.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use image::{Luma, Rgb, RgbImage};
use proptest::prelude::*;
use referent::error::Kind;
use referent::job::{Event, Job};
use referent::train::dataset::check::{Topic, check};
use referent::train::dataset::triplets::{self, About, Triplet};
use referent::train::dataset::{Dataset, Extent, Fault, Layout, Sample, Shape, Split, Target};
use referent::train::mask::{Mask, PixelBox, Size, polygon};
use referent::train::resample::{bilinear, fianet_input, nearest};
use referent::train::rle::Rle;
use referent::train::split::{self, Shared, Shares, Unit};
use safetensors::{SafeTensors, tensor::TensorView};
use serde_json::{Value, json};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

fn fixture(name: &str) -> PathBuf {
    Path::new(FIXTURES).join(name)
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn size(width: usize, height: usize) -> Size {
    Size::new(width.try_into().unwrap(), height.try_into().unwrap()).unwrap()
}

fn floats(tensor: &TensorView<'_>) -> Vec<f32> {
    tensor.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// A fixture tensor (height, width, 3) of bytes.
fn picture(tensor: &TensorView<'_>) -> RgbImage {
    let [height, width, 3] = tensor.shape() else { panic!("not a picture") };
    RgbImage::from_raw(*width as u32, *height as u32, tensor.data().to_vec()).unwrap()
}

/// A fixture tensor (height, width) of 0 and 1.
fn mask(tensor: &TensorView<'_>) -> Mask {
    let [height, width] = tensor.shape() else { panic!("not a mask") };
    Mask::from_bytes(size(*width, *height), tensor.data(), 0).unwrap()
}

/// Every phrase of one split with its sample, in the order of the source.
fn rows(dataset: &Dataset, split: Split) -> Vec<(&Sample, &str, Option<Mask>)> {
    dataset
        .split(split)
        .flat_map(|sample| sample.expressions.iter().map(move |expression| (sample, expression)))
        .map(|(sample, expression)| (sample, expression.text.as_str(), sample.read_target(expression).unwrap()))
        .collect()
}

// ---- masks and resizing against the tools that made the published figures

#[test]
fn polygons_become_the_very_pixels_that_pycocotools_makes_of_them() {
    let rows = read_json(&fixture("coco/masks.json"));
    for row in rows["polygons"].as_array().unwrap() {
        let ring: Vec<f64> = serde_json::from_value(row["ring"].clone()).unwrap();
        let size = size(row["width"].as_u64().unwrap() as usize, row["height"].as_u64().unwrap() as usize);
        let rle = polygon::rasterise(ring.as_chunks::<2>().0, size).unwrap();
        assert_eq!(rle.to_compressed(), row["counts"], "{row}");
        assert_eq!(rle.area(), row["area"], "{row}");
    }
}

#[test]
fn run_lengths_are_written_read_and_measured_as_pycocotools_does() {
    let rows = read_json(&fixture("coco/masks.json"));
    for row in rows["masks"].as_array().unwrap() {
        let dimensions = [&row["height"], &row["width"]];
        let compressed: Rle = serde_json::from_value(json!({"size": dimensions, "counts": row["counts"]})).unwrap();
        let plain: Rle = serde_json::from_value(json!({"size": dimensions, "counts": row["plain"]})).unwrap();
        assert_eq!(compressed, plain);
        assert_eq!(Rle::from_mask(&compressed.to_mask()), compressed);
        assert_eq!(compressed.to_compressed(), row["counts"]);
        assert_eq!(compressed.area(), row["area"]);
        let bbox = compressed.bounding_box().map_or([0; 4], |PixelBox { x, y, width, height }| [x, y, width, height]);
        assert_eq!(serde_json::to_value(bbox).unwrap(), row["bbox"], "{row}");
    }
}

#[test]
fn pictures_and_masks_are_resized_and_normalised_to_the_last_bit() {
    let bytes = fs::read(fixture("reference/preprocess/preprocess.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let get = |name: String| tensors.tensor(&name).unwrap();
    for case in
        ["40x56_to_48x48", "48x48_to_48x48", "50x50_to_30x30", "64x64_to_60x60", "7x9_to_30x20", "97x61_to_32x64"]
    {
        let image = picture(&get(format!("{case}/image_in")));
        let expected = picture(&get(format!("{case}/image_resized")));
        let target = size(expected.width() as usize, expected.height() as usize);
        // Not assert_eq: a failure would print every pixel.
        assert!(bilinear(&image, target) == expected, "{case}");
        assert!(fianet_input(&image, target) == floats(&get(format!("{case}/tensor"))), "{case}");
        let resized = nearest(&mask(&get(format!("{case}/mask_in"))), target);
        assert_eq!(resized, mask(&get(format!("{case}/mask_resized"))), "{case}");
    }
}

#[test]
fn nearest_takes_the_pixels_of_the_official_index_tables() {
    let bytes = fs::read(fixture("reference/preprocess/preprocess.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    for (from, to) in [(512, 480), (64, 60), (800, 480)] {
        let table = tensors.tensor(&format!("nearest_index_{from}_to_{to}")).unwrap();
        let table: Vec<i32> = table.data().as_chunks::<4>().0.iter().map(|bytes| i32::from_le_bytes(*bytes)).collect();
        // Ten masks whose columns spell their own index in binary.
        let bits: Vec<Mask> =
            (0..10).map(|bit| nearest(&Mask::from_fn(size(from, 1), |x, _| x >> bit & 1 == 1), size(to, 1))).collect();
        let spelled = |x: u32| (0..10).map(|bit| i32::from(bits[bit].contains(x, 0)) << bit).sum::<i32>();
        assert_eq!((0..to as u32).map(spelled).collect::<Vec<_>>(), table);
    }
}

// ---- the published layouts

#[test]
fn refsegrs_and_rrsisd_give_what_the_released_loaders_give() {
    let folder = fixture("reference/datasets");
    let bytes = fs::read(folder.join("expected.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let expected = read_json(&folder.join("expected.json"));
    let side = size(48, 48);
    let refsegrs = Dataset::open(&folder.join("RefSegRS"), &Job::unwatched()).unwrap();
    let rrsisd = Dataset::open(&folder.join("RRSIS-D"), &Job::unwatched()).unwrap();
    assert!(refsegrs.skips.is_empty() && rrsisd.skips.is_empty());
    let mut seen = 0;
    for row in expected["samples"].as_array().unwrap() {
        let key = row["key"].as_str().unwrap();
        let [name, split, index] = key.split('/').collect::<Vec<_>>()[..] else { panic!("{key}") };
        let dataset = if name == "refsegrs" { &refsegrs } else { &rrsisd };
        let rows = rows(dataset, Split::named(split).unwrap());
        let (sample, sentence, target) = &rows[index.parse::<usize>().unwrap()];
        assert_eq!(Some(*sentence), row["save_prefix"].as_str().unwrap().split_once('_').map(|(_, sentence)| sentence));
        let target = target.as_ref().unwrap();
        let get = |part: &str| tensors.tensor(&format!("{key}/{part}")).unwrap();
        let resized = nearest(target, side);
        assert_eq!(resized.area(), row["foreground"], "{key}");
        assert_eq!(resized, mask(&get("target")), "{key}");
        let mut image = sample.read_image().unwrap();
        if name == "rrsisd" {
            assert_eq!(target, &mask(&get("mask_full")), "{key}");
            // Two JPEG decoders round differently, here by up to 2 in the colour channels that these files hold at half
            // size; 2 steps of Cb are 3.5 of blue. Measured: 2 in 10 000 values are off by over 2. All that follows the
            // decoding is compared from the same pixels.
            let decoded = picture(&get("decoded_rgb"));
            let off =
                |by: u8| image.as_raw().iter().zip(decoded.as_raw()).filter(|(a, b)| a.abs_diff(**b) > by).count();
            assert!(off(4) == 0 && off(2) * 1000 < image.as_raw().len(), "{key}: {} and {}", off(4), off(2));
            image = decoded;
        }
        assert!(fianet_input(&image, side) == floats(&get("image")), "{key}");
        seen += 1;
    }
    assert_eq!(seen, 10);
}

#[test]
fn a_damaged_pickle_of_references_is_refused_or_read_and_never_worse() {
    let original = fixture("reference/datasets/RRSIS-D");
    let folder = tempfile::tempdir().unwrap();
    let copy = |name: &str| {
        let to = folder.path().join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(original.join(name), to).unwrap();
    };
    copy("rrsisd/instances.json");
    (1..=5).for_each(|number| copy(&format!("images/rrsisd/JPEGImages/0000{number}.jpg")));
    let whole = fs::read(original.join("rrsisd/refs(unc).p")).unwrap();
    let path = folder.path().join("rrsisd/refs(unc).p");
    for length in (0..whole.len()).step_by(7) {
        fs::write(&path, &whole[..length]).unwrap();
        let error = Dataset::open(folder.path(), &Job::unwatched()).unwrap_err();
        assert!(error.what().ends_with("refs(unc).p"), "{error}");
    }
    for position in (0..whole.len()).step_by(11) {
        let mut damaged = whole.clone();
        damaged[position] ^= 0x15;
        fs::write(&path, &damaged).unwrap();
        if let Ok(dataset) = Dataset::open(folder.path(), &Job::unwatched()) {
            assert!(!dataset.samples.is_empty());
        }
    }
}

#[test]
fn lines_of_refsegrs_that_say_nothing_or_name_missing_files_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    for part in ["images/tile_000.tif", "masks/tile_000.tif", "masks/tile_001.tif"] {
        let to = folder.path().join(part);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(fixture("reference/datasets/RefSegRS").join(part), to).unwrap();
    }
    let lines: [&[u8]; 6] = [
        b"tile_000 car  near the road",
        b"tile_000",
        b"tile_001 bus on the road",
        b"tile_002 van",
        b"tile_000 \xff",
        b"../masks/tile_000 bus",
    ];
    fs::write(folder.path().join("output_phrase_train.txt"), lines.join(&b'\n')).unwrap();
    let dataset = Dataset::open(folder.path(), &Job::unwatched()).unwrap();
    let [sample] = &dataset.samples[..] else { panic!("{:?}", dataset.samples) };
    // Split at single spaces and joined again: the sentence keeps its two spaces.
    assert_eq!(sample.expressions[0].text, "car  near the road");
    assert_eq!(sample.expressions.len(), 1);
    let count = |fault| dataset.skips.count(fault);
    assert_eq!((count(Fault::BadRecord), count(Fault::MissingImage), count(Fault::MissingMask)), (2, 1, 2));
}

/// A pickle (protocol 2) of plain JSON, as far as references need it.
fn pickled(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Number(number) => {
            out.push(b'J');
            out.extend((number.as_i64().unwrap() as i32).to_le_bytes());
        }
        Value::String(text) => {
            out.push(b'X');
            out.extend((text.len() as u32).to_le_bytes());
            out.extend(text.as_bytes());
        }
        Value::Array(items) => {
            out.extend(b"](");
            items.iter().for_each(|item| pickled(item, out));
            out.push(b'e');
        }
        Value::Object(entries) => {
            out.extend(b"}(");
            for (key, value) in entries {
                pickled(&json!(key), out);
                pickled(value, out);
            }
            out.push(b'u');
        }
        _ => panic!("no reference holds {value}"),
    }
}

#[test]
fn references_of_rrsisd_follow_the_split_rule_and_bad_ones_are_left_out() {
    let original = fixture("reference/datasets/RRSIS-D");
    let folder = tempfile::tempdir().unwrap();
    for part in ["rrsisd/instances.json", "images/rrsisd/JPEGImages/00001.jpg"] {
        let to = folder.path().join(part);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(original.join(part), to).unwrap();
    }
    let reference = |image: i64, ann: i64, split: &str, raw: &[&str]| {
        let sentences: Vec<Value> = raw.iter().map(|raw| json!({"raw": raw, "sent": "never this"})).collect();
        json!({"ref_id": 1, "image_id": image, "ann_id": ann, "category_id": 1, "split": split, "sentences": sentences})
    };
    let references = json!([
        reference(1, 1, "train", &["A windmill", "The gray windmill"]),
        reference(1, 1, "testA", &["The windmill"]),
        reference(1, 1, "training", &["in no split"]),
        reference(1, 99, "train", &["no such annotation"]),
        reference(99, 1, "train", &["no such image"]),
        reference(2, 2, "train", &["its file is missing"]),
        reference(1, 1, "train", &[]),
        "no reference at all",
    ]);
    let mut bytes = b"\x80\x02".to_vec();
    pickled(&references, &mut bytes);
    bytes.push(b'.');
    fs::write(folder.path().join("rrsisd/refs(unc).p"), bytes).unwrap();
    let dataset = Dataset::open(folder.path(), &Job::unwatched()).unwrap();
    let texts = |split| rows(&dataset, split).into_iter().map(|(_, text, _)| text).collect::<Vec<_>>();
    assert_eq!(texts(Split::Train), ["A windmill", "The gray windmill"]);
    assert_eq!(texts(Split::Test), ["The windmill"]);
    assert_eq!(dataset.samples[0].expressions[0].category.as_deref(), Some("thing"));
    assert_eq!((dataset.skips.count(Fault::BadRecord), dataset.skips.count(Fault::MissingImage)), (5, 1));
    // One picture in two splits.
    assert!(split::refuse_leaks(&dataset, &BTreeSet::new()).is_err());
}

// ---- COCO, sentences with mask files, and what is in no known layout

fn write_picture(path: &Path, width: u32, height: u32, shade: u8) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    RgbImage::from_pixel(width, height, Rgb([shade, 80, 40])).save(path).unwrap();
}

fn write_json(path: &Path, value: &Value) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, value.to_string()).unwrap();
}

fn coco() -> Value {
    json!({
        "images": [
            {"id": 1, "file_name": "images/a.png", "width": 20, "height": 10, "split": "train", "group": "north",
             "infrared": true, "ground_resolution_m": 0.5},
            {"id": 2, "file_name": "images/b.png", "width": 20, "height": 10, "split": "val"},
            {"id": 3, "file_name": "images/gone.png", "width": 20, "height": 10, "split": "val"},
            {"id": 4, "file_name": "../a.png", "width": 20, "height": 10},
            {"id": 5, "width": 20},
        ],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 7, "segmentation": [[0, 0, 4, 0, 4, 4, 0, 4], [2, 2, 6, 2, 6, 6, 2, 6]]},
            {"id": 2, "image_id": 1, "category_id": 8, "segmentation": {"size": [10, 20], "counts": [10, 5, 185]}},
            {"id": 3, "image_id": 1, "category_id": 8, "segmentation": {"size": [10, 20], "counts": [0, 200]}, "iscrowd": 1},
            {"id": 4, "image_id": 1, "category_id": 8, "segmentation": {"size": [20, 10], "counts": [200]}},
            {"id": 5, "image_id": 1, "category_id": 8, "segmentation": [[1, 2]]},
            {"id": 6, "image_id": 1, "category_id": 99, "segmentation": [[0, 0, 4, 0, 4, 4]]},
            {"id": 7, "image_id": 99, "category_id": 8, "segmentation": [[0, 0, 4, 0, 4, 4]]},
            {"id": 8, "image_id": 3, "category_id": 8, "segmentation": [[0, 0, 4, 0, 4, 4]]},
        ],
        "categories": [{"id": 7, "name": "storage tank"}, {"id": 8, "name": "ship"}],
    })
}

#[test]
fn coco_files_give_objects_by_category_name_and_leave_out_what_is_bad() {
    let folder = tempfile::tempdir().unwrap();
    write_json(&folder.path().join("annotations.json"), &coco());
    for (name, shade) in [("images/a.png", 1), ("images/b.png", 2)] {
        write_picture(&folder.path().join(name), 20, 10, shade);
    }
    let notices = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&notices);
    let job = Job::new(move |event| {
        if let Event::Notice(text) = event {
            sink.lock().unwrap().push(text);
        }
    });
    let dataset = Dataset::open(folder.path(), &job).unwrap();
    let [a, b] = &dataset.samples[..] else { panic!("{:?}", dataset.samples) };
    assert_eq!((a.split, b.split), (Some(Split::Train), Some(Split::Val)));
    assert_eq!((a.group.as_deref(), a.infrared, a.gsd_m), (Some("north"), true, Some(0.5)));
    let categories: Vec<&str> = a.instances.iter().map(|instance| &*instance.category).collect();
    assert_eq!(categories, ["storage tank", "ship"]);
    // Two 4 x 4 squares that share 2 x 2: COCO joins parts.
    assert_eq!(a.read_mask(&a.instances[0].shape).unwrap().area(), 28);
    assert!(b.instances.is_empty() && b.read_image().is_ok());
    let labelled: Vec<&str> = dataset.labelled(a).iter().map(|name| &**name).collect();
    assert_eq!(labelled, ["storage tank", "ship"]);
    assert_eq!(dataset.skips.count(Fault::MissingImage), 2);
    assert_eq!(dataset.skips.count(Fault::BadMask), 2);
    assert_eq!(dataset.skips.count(Fault::BadRecord), 3);
    let notices = notices.lock().unwrap();
    assert_eq!(notices.len(), 7);
    assert!(notices.iter().any(|notice| notice.contains("images/gone.png") && notice.contains("no such file")));
}

proptest! {
    #[test]
    fn a_damaged_coco_file_is_refused_or_read_and_every_mask_drawn_or_refused(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let folder = tempfile::tempdir().unwrap();
        write_picture(&folder.path().join("images/a.png"), 20, 10, 0);
        let mut text = coco().to_string().into_bytes();
        for (index, byte) in damage {
            let index = index.index(text.len());
            // Mostly what still is JSON.
            text[index] = if text[index].is_ascii_digit() { b'0' + byte % 10 } else { byte };
        }
        fs::write(folder.path().join("annotations.json"), text).unwrap();
        if let Ok(dataset) = Dataset::open(folder.path(), &Job::unwatched()) {
            for sample in &dataset.samples {
                for instance in &sample.instances {
                    if let Ok(mask) = sample.read_mask(&instance.shape) {
                        prop_assert_eq!(Some(mask.size()), sample.size);
                    }
                }
            }
        }
    }
}

#[test]
fn a_coco_file_beside_its_picture_folder_is_found_and_split_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("annotations/instances_val2017.json");
    write_json(
        &file,
        &json!({
            "images": [{"id": 1, "file_name": "1.png", "width": 8, "height": 8}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, 4, 0, 4, 4, 0, 4]]}],
            "categories": [{"id": 1, "name": "ship"}],
        }),
    );
    write_picture(&folder.path().join("val2017/1.png"), 8, 8, 0);
    let dataset = Dataset::open(&file, &Job::unwatched()).unwrap();
    assert_eq!(dataset.samples[0].split, Some(Split::Val));
    assert_eq!(dataset.samples[0].instances.len(), 1);
}

#[test]
fn sentences_with_mask_files_are_read_and_are_in_no_split() {
    let folder = tempfile::tempdir().unwrap();
    write_picture(&folder.path().join("images/a.png"), 6, 5, 0);
    fs::create_dir(folder.path().join("masks")).unwrap();
    let drawn = image::GrayImage::from_fn(6, 5, |x, _| Luma([if x < 2 { 255 } else { 0 }]));
    drawn.save(folder.path().join("masks/a.png")).unwrap();
    let lines = [
        r#"{"id":"1","kind":"image","sentence":"A ship on the left","image":"images/a.png","mask":"masks/a.png"}"#,
        r#"{"sentence":"A dam","image":"images/a.png","mask":"masks/gone.png"}"#,
        "not json",
    ];
    fs::write(folder.path().join("referring.jsonl"), lines.join("\n")).unwrap();
    let dataset = Dataset::open(folder.path(), &Job::unwatched()).unwrap();
    let sample = &dataset.samples[0];
    let expression = &sample.expressions[0];
    assert_eq!((sample.split, expression.kind.as_deref()), (None, Some("image")));
    assert_eq!(sample.read_target(expression).unwrap().unwrap().area(), 10);
    assert_eq!((dataset.skips.count(Fault::MissingMask), dataset.skips.count(Fault::BadRecord)), (1, 1));
}

#[test]
fn a_folder_of_nothing_known_and_a_set_with_nothing_usable_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let error = Dataset::open(folder.path(), &Job::unwatched()).unwrap_err();
    assert!(Layout::ALL.iter().all(|layout| error.why().contains(layout.marker())), "{error}");
    let error = Dataset::open(&folder.path().join("nowhere"), &Job::unwatched()).unwrap_err();
    assert!(error.why().contains("no such"), "{error}");
    fs::write(folder.path().join("triplets.jsonl"), "{}\n{\"image\":\"a.png\",\"phrase\":\"x\",\"absent\":true}\n")
        .unwrap();
    let error = Dataset::open(folder.path(), &Job::unwatched()).unwrap_err();
    assert!(error.why().contains("1 bad records, 1 missing pictures"), "{error}");
}

#[test]
fn a_header_that_claims_more_than_the_file_can_hold_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.png");
    RgbImage::new(1, 1).save(&path).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    // Width and height of the PNG header and its checksum.
    bytes[16..24].copy_from_slice(&[0, 0, 31, 0, 0, 0, 31, 0]);
    let crc = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    fs::write(&path, &bytes).unwrap();
    let error = referent::train::dataset::picture::read_rgb(&path).unwrap_err();
    assert!(error.why().contains("claims"), "{error}");
}

/// The checksum of PNG chunks, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}

#[test]
fn pictures_cut_short_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["RefSegRS/images/tile_000.tif", "RRSIS-D/images/rrsisd/JPEGImages/00001.jpg"] {
        let whole = fs::read(fixture("reference/datasets").join(name)).unwrap();
        let path = folder.path().join(Path::new(name).file_name().unwrap());
        for part in 0..10 {
            fs::write(&path, &whole[..whole.len() * part / 10]).unwrap();
            let error = referent::train::dataset::picture::read_rgb(&path).unwrap_err();
            assert!(error.what().ends_with(path.to_str().unwrap()), "{error}");
        }
    }
}

#[test]
fn masks_are_read_at_their_own_depth_and_colours_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let read = referent::train::dataset::picture::read_mask;
    let deep = folder.path().join("deep.tif");
    image::ImageBuffer::from_fn(3, 1, |x, _| Luma([[50u16, 51, 60000][x as usize]])).save(&deep).unwrap();
    assert_eq!(read(&deep, 50).unwrap().area(), 2);
    let colour = folder.path().join("colour.png");
    write_picture(&colour, 3, 1, 200);
    assert!(read(&colour, 50).unwrap_err().why().contains("one channel"));
    let rgb = referent::train::dataset::picture::read_rgb(&deep).unwrap_err();
    assert!(rgb.why().contains("16 bits"), "{rgb}");
}

// ---- our own triplets

fn triplet(image: &str, phrase: &str, target: Option<Rle>) -> Triplet {
    Triplet { image: image.into(), phrase: phrase.into(), target, about: About::default() }
}

fn square(width: u32, height: u32, side: u32) -> Rle {
    Rle::from_mask(&Mask::from_fn(Size::new(width, height).unwrap(), |x, y| x < side && y < side))
}

#[test]
fn triplets_are_written_whole_and_read_back_with_fields_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let picture = RgbImage::from_fn(12, 9, |x, y| Rgb([x as u8 * 20, y as u8 * 20, 7]));
    let image = triplets::save_picture(folder.path(), "harbor-1", &picture).unwrap();
    let mut first = triplet(&image, "the tank near the quay", Some(square(12, 9, 3)));
    first.about.group = Some("scene".into());
    first.about.split = Some(Split::Train);
    first.about.extent = Some(Extent::new([0.0, 0.0, 6.0, 4.5]).unwrap());
    first.about.others.insert("labelled_by".into(), json!("Ada"));
    let second = triplet(&image, "a bridge", None);
    let all = vec![first, second];
    triplets::save(folder.path(), &all).unwrap();
    assert_eq!(triplets::load(folder.path()).unwrap(), all);
    let names: BTreeSet<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["images", "triplets.jsonl"].map(Into::into).into());

    let dataset = Dataset::open(folder.path(), &Job::unwatched()).unwrap();
    let [train, rest] = &dataset.samples[..] else { panic!("{:?}", dataset.samples) };
    assert_eq!(train.read_image().unwrap(), picture);
    assert_eq!(train.read_target(&train.expressions[0]).unwrap().unwrap().area(), 9);
    assert_eq!((train.split, train.group.as_deref()), (Some(Split::Train), Some("scene")));
    assert_eq!((&rest.expressions[0].target, rest.split), (&Target::Absent, None));
}

#[test]
fn a_failed_save_leaves_the_old_triplets() {
    let folder = tempfile::tempdir().unwrap();
    let old = vec![triplet("images/a.png", "a ship", None)];
    triplets::save(folder.path(), &old).unwrap();
    // The name under which the new file is written is taken by a folder.
    fs::create_dir(folder.path().join(format!(".{}-triplets.jsonl", std::process::id()))).unwrap();
    let error = triplets::save(folder.path(), &[triplet("images/a.png", "a dam", None)]).unwrap_err();
    assert_eq!(error.kind(), Kind::Failed);
    assert_eq!(triplets::load(folder.path()).unwrap(), old);
}

#[test]
fn triplets_that_say_two_things_or_leave_the_folder_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let stray = [triplet("../a.png", "a ship", None)];
    assert!(triplets::save(folder.path(), &stray).is_err());
    assert!(triplets::save_picture(folder.path(), "../../x", &RgbImage::new(1, 1)).is_err());
    write_picture(&folder.path().join("images/a.png"), 12, 9, 0);
    let rle = serde_json::to_value(square(12, 9, 3)).unwrap();
    let other = serde_json::to_value(square(9, 12, 3)).unwrap();
    let lines = [
        json!({"image": "images/a.png", "phrase": "a ship", "rle": rle}),
        json!({"image": "images/a.png", "phrase": "a dam", "rle": rle, "absent": true}),
        json!({"image": "images/a.png", "phrase": "a dam"}),
        json!({"image": "images/a.png", "phrase": " ", "absent": true}),
        json!({"image": "images/a.png", "phrase": "a dam", "rle": other}),
        json!({"image": "../a.png", "phrase": "a dam", "absent": true}),
    ];
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    fs::write(folder.path().join("triplets.jsonl"), text.join("\n")).unwrap();
    let dataset = Dataset::open(folder.path(), &Job::unwatched()).unwrap();
    assert_eq!(dataset.samples[0].expressions.len(), 1);
    assert_eq!((dataset.skips.count(Fault::BadRecord), dataset.skips.count(Fault::MissingImage)), (4, 1));
    assert!(triplets::load(folder.path()).unwrap_err().what().contains("line 2"));
}

// ---- what is wrong with a data set, in words

#[test]
fn the_check_finds_each_fault_and_says_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for (name, shade) in [("a", 1), ("copy", 1), ("b", 2), ("small", 3)] {
        write_picture(&root.join(format!("images/{name}.png")), 12, 9, shade);
    }
    fs::write(root.join("images/broken.png"), b"\x89PNG\r\n\x1a\n and no more").unwrap();
    let row = |image: &str, phrase: &str, target: Option<Rle>, split: Option<Split>| {
        let mut triplet = triplet(&format!("images/{image}.png"), phrase, target);
        triplet.about.split = split;
        triplet.about.kind = Some("class".into());
        triplet.about.category = Some("ship".into());
        triplet
    };
    let (train, val) = (Some(Split::Train), Some(Split::Val));
    triplets::save(
        root,
        &[
            row("a", "a ship", Some(square(12, 9, 3)), train),
            row("a", "A  ship", Some(square(12, 9, 3)), train),
            row("a", "the dam", Some(square(12, 9, 2)), train),
            row("a", "the dam", None, train),
            row("a", "a bridge", Some(square(12, 9, 0)), train),
            row("copy", "a ship", None, val),
            row("b", "a ship", None, None),
            row("small", "a ship", Some(square(9, 12, 3)), train),
            row("broken", "a ship", None, train),
            row("gone", "a ship", None, train),
        ],
    )
    .unwrap();
    let dataset = Dataset::open(root, &Job::unwatched()).unwrap();
    let report = check(&dataset, &Job::unwatched()).unwrap();
    for topic in Topic::ALL.into_iter().filter(|&topic| topic != Topic::BadMask) {
        assert_eq!(report.about(topic).count(), 1, "{topic:?} in {report}");
    }
    assert_eq!(report.skips.count(Fault::MissingImage), 1);
    assert_eq!((report.total.pictures, report.total.phrases, report.total.absent), (5, 5, 4));
    assert_eq!(report.by_split["train"].pictures, 3);
    assert_eq!(report.by_kind["class"]["val"].absent, 1);
    assert_eq!(report.by_category["ship"]["train"].phrases, 5);
    let words = report.to_string();
    for part in
        ["left out: 1 missing pictures", "train and val hold the same picture", "\"the dam\" is said twice and means"]
    {
        assert!(words.contains(part), "{part} in {words}");
    }
    let job = Job::unwatched();
    job.cancel();
    assert_eq!(check(&dataset, &job).unwrap_err().kind(), Kind::Cancelled);
}

#[test]
fn the_check_has_nothing_to_say_about_the_published_fixtures() {
    for name in ["RefSegRS", "RRSIS-D"] {
        let dataset = Dataset::open(&fixture("reference/datasets").join(name), &Job::unwatched()).unwrap();
        let report = check(&dataset, &Job::unwatched()).unwrap();
        let faults: Vec<_> = report.findings.iter().filter(|finding| finding.topic != Topic::Leak).collect();
        assert!(faults.is_empty(), "{report}");
        assert_eq!((report.total.pictures, report.total.phrases), (5, 5));
    }
}

#[test]
fn a_mask_file_that_cannot_be_decoded_is_found() {
    let folder = tempfile::tempdir().unwrap();
    write_picture(&folder.path().join("images/a.png"), 6, 5, 0);
    fs::create_dir(folder.path().join("masks")).unwrap();
    fs::write(folder.path().join("masks/a.png"), b"nothing").unwrap();
    let line = r#"{"sentence":"A ship","image":"images/a.png","mask":"masks/a.png","split":"test"}"#;
    fs::write(folder.path().join("referring.jsonl"), line).unwrap();
    let dataset = Dataset::open(folder.path(), &Job::unwatched()).unwrap();
    assert_eq!(check(&dataset, &Job::unwatched()).unwrap().about(Topic::BadMask).count(), 1);
    let sample = &dataset.samples[0];
    let mut skips = dataset.skips.clone();
    let read = sample.read_target(&sample.expressions[0]);
    assert!(skips.keep(read, Fault::BadMask, &sample.id, &Job::unwatched()).is_none());
    assert_eq!(skips.count(Fault::BadMask), 1);
}

// ---- splits

/// A data set of `groups.len()` pictures without files, each in the group of its number.
fn grouped(groups: &[u8]) -> Dataset {
    with_samples(
        groups.iter().enumerate().map(|(index, group)| Sample { group: Some(group.to_string().into()), ..bare(index) }),
    )
}

fn bare(index: usize) -> Sample {
    Sample {
        source: "made".into(),
        id: format!("{index:03}"),
        image: format!("nowhere/{index:03}.png").into(),
        size: None,
        split: None,
        group: None,
        extent: None,
        gsd_m: None,
        infrared: false,
        instances: Vec::new(),
        expressions: Vec::new(),
    }
}

fn with_samples(samples: impl IntoIterator<Item = Sample>) -> Dataset {
    let mut dataset = Dataset::join([]);
    dataset.name = "made".into();
    dataset.samples.extend(samples);
    dataset
}

fn splits(dataset: &Dataset) -> Vec<Option<Split>> {
    dataset.samples.iter().map(|sample| sample.split).collect()
}

const SHARES: Shares = Shares { val: 0.2, test: 0.2 };

proptest! {
    #[test]
    fn a_split_by_group_leaks_nothing_misses_nobody_and_is_the_same_again(
        groups in prop::collection::vec(0u8..12, 3..60),
        seed in any::<u64>(),
    ) {
        let mut dataset = grouped(&groups);
        let distinct: BTreeSet<u8> = groups.iter().copied().collect();
        let result = split::assign(&mut dataset, Unit::Group, SHARES, seed);
        if distinct.len() < 3 {
            prop_assert!(result.is_err());
            prop_assert!(splits(&dataset).iter().all(Option::is_none));
            return Ok(());
        }
        result.unwrap();
        prop_assert!(split::refuse_leaks(&dataset, &BTreeSet::new()).is_ok());
        let used: BTreeSet<Split> = splits(&dataset).into_iter().map(Option::unwrap).collect();
        prop_assert_eq!(used.len(), 3);
        let mut again = grouped(&groups);
        split::assign(&mut again, Unit::Group, SHARES, seed).unwrap();
        prop_assert_eq!(splits(&again), splits(&dataset));
    }
}

#[test]
fn single_pictures_are_shared_out_as_asked_and_the_seed_decides_which() {
    let groups: Vec<u8> = (0..100).collect();
    let split_with = |seed| {
        let mut dataset = grouped(&groups);
        split::assign(&mut dataset, Unit::Group, SHARES, seed).unwrap();
        splits(&dataset)
    };
    let first = split_with(1);
    for (split, count) in [(Split::Train, 60), (Split::Val, 20), (Split::Test, 20)] {
        assert_eq!(first.iter().filter(|&&s| s == Some(split)).count(), count);
    }
    assert_ne!(first, split_with(2));
}

#[test]
fn blocks_of_ground_divide_one_scene_and_windows_that_overlap_stay_together() {
    let window = |index: usize, east: f64| Sample {
        group: Some("scene".into()),
        extent: Some(Extent::new([east, 0.0, east + 60.0, 60.0]).unwrap()),
        ..bare(index)
    };
    let shares = Shares { val: 0.3, test: 0.0 };
    // Side by side: four blocks of 120 m, two windows each.
    let mut apart = with_samples((0..8).map(|index| window(index, index as f64 * 60.0)));
    split::assign(&mut apart, Unit::Block { side_m: 120.0 }, shares, 5).unwrap();
    assert!(split::refuse_leaks(&apart, &BTreeSet::new()).is_ok());
    let used = splits(&apart);
    assert!(used.chunks(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(used.iter().filter(|&&split| split == Some(Split::Val)).count(), 2);
    // One window over the line joins the blocks on both sides of it; overlapping all along, nothing can be divided.
    let mut chained = with_samples((0..8).map(|index| window(index, index as f64 * 50.0)));
    let error = split::assign(&mut chained, Unit::Block { side_m: 120.0 }, shares, 5).unwrap_err();
    assert!(error.why().contains("one piece"), "{error}");
    // By group it is one scene.
    assert!(split::assign(&mut apart, Unit::Group, shares, 5).is_err());
}

#[test]
fn a_leaking_split_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let at = |index: usize, split, shade: u8| {
        let image = folder.path().join(format!("{index}.png"));
        write_picture(&image, 8, 8, shade);
        Sample { image, split: Some(split), ..bare(index) }
    };
    let twins = with_samples([at(0, Split::Train, 9), at(1, Split::Val, 9), at(2, Split::Val, 10)]);
    let leaks = split::leaks(&twins);
    assert_eq!(leaks.len(), 1);
    assert_eq!((&leaks[0].shared, &leaks[0].pictures), (&Shared::Picture, &vec!["000".to_owned(), "001".to_owned()]));
    assert!(split::refuse_leaks(&twins, &BTreeSet::new()).unwrap_err().why().contains("hold the same picture"));

    let mut town = grouped(&[1, 1]);
    (town.samples[0].split, town.samples[1].split) = (Some(Split::Train), Some(Split::Test));
    let error = split::refuse_leaks(&town, &BTreeSet::new()).unwrap_err();
    assert!(error.why().contains("share the group made: 1"), "{error}");
    // Known to be divided cleanly.
    assert!(split::refuse_leaks(&town, &BTreeSet::from(["made: 1".to_owned()])).is_ok());

    let extent = |west: f64| Some(Extent::new([west, 0.0, west + 10.0, 10.0]).unwrap());
    (town.samples[0].extent, town.samples[1].extent) = (extent(0.0), extent(9.0));
    assert!(split::refuse_leaks(&town, &BTreeSet::new()).unwrap_err().why().contains("overlap on the ground"));
    town.samples[1].extent = extent(10.0);
    assert!(split::refuse_leaks(&town, &BTreeSet::new()).is_ok());
}

#[test]
fn impossible_shares_and_blocks_are_refused() {
    let mut dataset = grouped(&[1, 2, 3, 4]);
    for shares in [Shares { val: 0.0, test: 0.2 }, Shares { val: 0.6, test: 0.5 }, Shares { val: f64::NAN, test: 0.0 }]
    {
        assert_eq!(split::assign(&mut dataset, Unit::Group, shares, 0).unwrap_err().kind(), Kind::Usage);
    }
    let unit = Unit::Block { side_m: -3.0 };
    assert_eq!(split::assign(&mut dataset, unit, SHARES, 0).unwrap_err().kind(), Kind::Usage);
    assert!(Extent::new([0.0, 0.0, -1.0, 1.0]).is_err());
}

#[test]
fn joined_data_sets_keep_their_own_groups_and_labels_apart() {
    let make = |source: &str| {
        let mut dataset = grouped(&[1, 1]);
        dataset.name = source.into();
        for sample in &mut dataset.samples {
            (sample.source, sample.image) = (source.into(), Path::new(source).join(&sample.id));
        }
        dataset
    };
    let mut joined = Dataset::join([make("north"), make("south")]);
    assert_eq!(joined.name, "north+south");
    split::assign(&mut joined, Unit::Group, Shares { val: 0.5, test: 0.0 }, 3).unwrap();
    let used = splits(&joined);
    assert!(used[0] == used[1] && used[2] == used[3] && used[0] != used[2]);
}

#[test]
fn shapes_made_for_another_size_are_not_drawn() {
    let shape = Shape::Runs(vec![square(12, 9, 3)], referent::train::dataset::Joining::Any);
    assert!(shape.read(Size::new(9, 12).unwrap()).is_err());
}
