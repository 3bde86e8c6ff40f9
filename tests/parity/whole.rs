//! The whole published network agrees with the official program in every intermediate value.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::common::fixture::{self, Case, Tensors, largest_gap};
use crate::common::synthetic;
use burn::tensor::{Device, Tensor, TensorData};
use referent::model::config::FiaNetConfig;
use referent::model::fianet::{FiaNet, Regularisation};
use referent::model::load::{Weights, load};
use referent::model::names::FIANET;
use referent::model::trace::{Recorder, Trace};

const CASES: [&str; 3] = ["w7_200x168", "w12_192x192", "edge_w7_97x131"];

fn network(case: &Case, device: &Device) -> FiaNet {
    let empty = FiaNet::new(&case.config, Regularisation::NONE, device);
    load(empty, &synthetic::weights(&case.config), FIANET).unwrap()
}

#[test]
fn every_intermediate_of_the_tiny_networks_agrees_with_the_official_program() {
    for name in CASES {
        let (case, device) = (Case::read(name), Device::flex());
        let recorder = Recorder::new();
        let image = case.inputs.tensor("input.image", &device);
        network(&case, &device).forward(image, &case.inputs.sentence(&device), &Trace::on(&recorder));
        let mut seen = recorder.into_values();
        let logits = seen.remove("logits:out").unwrap();
        seen.insert("logits".to_owned(), logits);

        let (mut worst, mut wrong) = ((0.0, ""), Vec::new());
        for row in &case.rows {
            let found: Vec<f32> =
                seen.get(&row.name).unwrap_or_else(|| panic!("{} is not traced", row.name)).try_to_vec().unwrap();
            let gap = largest_gap(&found, case.values(&row.name));
            if gap / row.tolerance() > worst.0 {
                worst = (gap / row.tolerance(), &row.name);
            }
            if gap > row.tolerance() {
                wrong.push(format!("{} is off by {gap:.2e}, allowed are {:.2e}", row.name, row.tolerance()));
            }
        }
        println!(
            "{name}: {} tensors, the worst uses {:.0} % of its tolerance ({})",
            case.rows.len(),
            worst.0 * 100.0,
            worst.1
        );
        assert!(wrong.is_empty(), "{name}, {} of {} tensors:\n{}", wrong.len(), case.rows.len(), wrong.join("\n"));
    }
}

/// The base network at 480 pixels, weights by formula: 1 GB of them, some seconds a pass.
///
/// `cargo test --test parity full_size -- --ignored --nocapture`
#[test]
#[ignore = "needs 3 GB of memory and half a minute"]
fn the_full_size_network_agrees_with_the_official_program() {
    full_size("expected.safetensors", "inputs.safetensors", "manifest.json", "input.image", 1, 1e-4);
    full_size(
        "expected_tmem3.safetensors",
        "expected_tmem3.safetensors",
        "manifest_tmem3.json",
        "input.image.tmem3",
        3,
        3e-4,
    );
}

fn full_size(expected: &str, inputs: &str, manifest: &str, image: &str, tmem_blocks: usize, tolerance: f64) {
    #[derive(serde::Deserialize)]
    struct Manifest {
        tensors: Vec<Row>,
        foreground_pixels: usize,
    }
    #[derive(serde::Deserialize)]
    struct Row {
        name: String,
        #[serde(default)]
        mean: Option<f64>,
        #[serde(default)]
        std: Option<f64>,
        max_abs: f64,
        #[serde(rename = "f32_f64_max_diff")]
        floor: f64,
    }
    let device = Device::flex();
    let folder = "reference/full";
    let expected = Tensors::read(&format!("{folder}/{expected}"));
    let inputs = Tensors::read(&format!("{folder}/{inputs}"));
    let manifest: Manifest = serde_json::from_str(&fixture::text(&format!("{folder}/{manifest}"))).unwrap();
    let config = FiaNetConfig::base(12, tmem_blocks);
    let start = Instant::now();
    let empty = FiaNet::new(&config, Regularisation::default(), &device);
    let network = load(empty, &Synthetic::new(&config), FIANET).unwrap();
    println!("{tmem_blocks} TMEM blocks: filled in {:.1} s", start.elapsed().as_secs_f64());

    let pixels = TensorData::new(synthetic::test_image(480, 480, image, 1), [1, 3, 480, 480]);
    let pixels = Tensor::<4>::from_data(pixels, &device);
    let text = inputs.sentence(&device);
    let start = Instant::now();
    let views = network.read(&text, &Trace::off());
    println!("sentence read in {:.2} s", start.elapsed().as_secs_f64());
    for _ in 0..2 {
        let start = Instant::now();
        network.see(pixels.clone(), &views, &Trace::off());
        println!("picture seen in {:.2} s", start.elapsed().as_secs_f64());
    }

    let recorder = Recorder::new();
    let logits = network.see(pixels, &network.read(&text, &Trace::on(&recorder)), &Trace::on(&recorder));
    let logits: Vec<f32> = logits.into_data().try_to_vec().unwrap();
    let seen = recorder.into_values();
    let mut worst = (0.0, String::new());
    for row in &manifest.tensors {
        let traced = if row.name == "logits" { "logits:out" } else { &row.name };
        let found: Vec<f32> = seen[traced].try_to_vec().unwrap();
        if let (Some(mean), Some(std)) = (row.mean, row.std) {
            let n = found.len() as f64;
            let own_mean = found.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
            let own_std = (found.iter().map(|v| (f64::from(*v) - own_mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
            assert!((own_mean - mean).abs() <= 1e-5, "{}: mean {own_mean}, should be {mean}", row.name);
            assert!((own_std - std).abs() <= 1e-5, "{}: deviation {own_std}, should be {std}", row.name);
        }
        let index = format!("{}/index", row.name);
        if row.name == "logits" || !expected.has(&index) {
            continue;
        }
        let sampled: Vec<f32> = expected.values(&index).iter().map(|i| found[*i as usize]).collect();
        let gap = largest_gap(&sampled, expected.values(&format!("{}/value", row.name)));
        let allowed = (4.0 * row.floor).max(1e-5 * row.max_abs);
        if gap / allowed > worst.0 {
            worst = (gap / allowed, row.name.clone());
        }
        assert!(gap <= allowed, "{} is off by {gap:.2e}, allowed are {allowed:.2e}", row.name);
    }
    println!(
        "{} tensors, the worst uses {:.0} % of its tolerance ({})",
        manifest.tensors.len(),
        worst.0 * 100.0,
        worst.1
    );

    let gap = if expected.has("logits") {
        largest_gap(&logits, expected.values("logits"))
    } else {
        let sampled: Vec<f32> = expected.values("logits/index").iter().map(|i| logits[*i as usize]).collect();
        largest_gap(&sampled, expected.values("logits/value"))
    };
    println!("logits are off by {gap:.2e}");
    assert!(gap <= tolerance, "logits are off by {gap:.2e}");
    let (background, target) = logits.split_at(logits.len() / 2);
    let margins = || target.iter().zip(background).map(|(t, b)| t - b);
    let foreground = margins().filter(|m| *m > 0.0).count();
    let close = margins().filter(|m| m.abs() < 1e-3).count();
    println!(
        "{foreground} pixels are foreground, {} officially; {close} are within 1e-3 of the border",
        manifest.foreground_pixels
    );
    assert!(foreground.abs_diff(manifest.foreground_pixels) <= 50);
}

/// Weights by formula, computed one tensor at a time when the network asks for them.
struct Synthetic(BTreeMap<String, Vec<usize>>);

impl Synthetic {
    fn new(config: &FiaNetConfig) -> Self {
        Self(synthetic::tensors(config).collect())
    }
}

impl Weights for Synthetic {
    fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.0.get(name).cloned()
    }

    fn values(&self, name: &str) -> referent::Result<Vec<f32>> {
        Ok(synthetic::values(name, &self.0[name]))
    }
}
