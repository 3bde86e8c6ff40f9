//! The published network agrees with the official program, part by part and as a whole.
//!
//! Fixtures, tolerances and their reasons: `tests/fixtures/reference`. A tolerance is four times the difference between the
//! official program's own single and double precision runs, and at least 1e-5 of the tensor's largest value.

mod common;

use burn::tensor::Device;
use common::fixture::{Case, largest_gap};
use common::synthetic;
use referent::model::fianet::{FiaNet, Regularisation};
use referent::model::load::load;
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
