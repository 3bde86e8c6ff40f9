//! The lists of entries, their roles and their counts.

use referent::model::config::{FiaNetConfig, NetworkConfig};
use referent::model::weights::describe::ParameterCounts;
use referent::model::weights::schema::{self, Content, Role};

use crate::{json, strings, synthetic};

#[test]
fn the_base_network_has_the_853_entries_of_the_official_state_dict_in_its_order() {
    let expected = json("full/names_base_w12_tmem1.json");
    let found = schema::fianet(&FiaNetConfig::base(12, 1));
    assert_eq!(found.len(), 853);
    for (entry, expected) in found.iter().zip(expected.as_array().unwrap()) {
        assert_eq!(entry.name, expected["name"]);
        assert_eq!(serde_json::json!(entry.shape), expected["shape"], "{}", entry.name);
        assert_eq!(if entry.content.is_float() { "F32" } else { "I64" }, expected["dtype"], "{}", entry.name);
    }
    assert_eq!(expected.as_array().unwrap().len(), 853);
}

#[test]
fn parameters_of_the_base_network_are_as_many_as_the_reference_counts() {
    // FIANET.md 1 and 10.
    let counts = |tmem| ParameterCounts::of(&schema::fianet(&FiaNetConfig::base(12, tmem)));
    let one = counts(1);
    assert_eq!((one.total, one.dead, one.frozen), (251_918_706, 13_198_482, 38_012_928));
    assert_eq!(one.by_part["TMEM"], 8_166_720);
    assert_eq!(counts(3).by_part["TMEM"], 12_416_640);
    assert_eq!(one.by_part.values().sum::<usize>(), one.total);
}

#[test]
fn roles_and_optimizer_groups_are_those_measured_in_training() {
    let measured = json("train/train.json");
    let schema = schema::fianet(&synthetic::tiny_config("edge_w7_97x131"));
    let parameters: Vec<_> = schema.iter().filter(|param| param.content == Content::Parameter).collect();
    let measured = measured["parameters"].as_array().unwrap();
    assert_eq!(parameters.len(), measured.len());
    for (param, measured) in parameters.iter().zip(measured) {
        assert_eq!(param.name, measured["name"]);
        let role = match measured["class"].as_str().unwrap() {
            "no_gradient" => Role::Dead,
            "gradient_but_not_optimized" => Role::Frozen,
            _ => Role::Trained,
        };
        let group = measured["group"].as_u64().map(|group| group as usize);
        assert_eq!(schema::optimizer_group(&param.name), group, "{}", param.name);
        // A frozen parameter whose gradient is noise is measured as noise; its group tells.
        let expected = if group.is_none() { Role::Frozen } else { role };
        assert_eq!(schema::role(&param.name), expected, "{}", param.name);
    }
}

#[test]
fn optimizer_groups_list_the_parameters_in_the_order_of_a_real_checkpoint() {
    let expected = json("official_layout/expected.json");
    let schema = schema::fianet(&synthetic::tiny_config("edge_w7_97x131"));
    for (index, group) in expected["optimizer"]["groups"].as_array().unwrap().iter().enumerate() {
        let ours: Vec<&str> = schema
            .iter()
            .filter(|param| param.content == Content::Parameter)
            .map(|param| param.name.as_str())
            .filter(|name| schema::optimizer_group(name) == Some(index))
            .collect();
        assert_eq!(ours, strings(&group["parameters"]), "group {index}");
    }
}

#[test]
fn lite_has_the_entries_and_parameters_of_its_description() {
    let schema = schema::lite();
    assert_eq!(schema.len(), 570);
    let counts = ParameterCounts::of(&schema);
    // LITE.md: 5.3 M parameters, 3.0 M of them in the encoder.
    assert_eq!(counts.total, counts.by_part.values().sum::<usize>());
    assert_eq!(counts.total.div_ceil(100_000), 53);
    assert_eq!(counts.by_part["image encoder"].div_ceil(100_000), 30);
    let shape = |name: &str| schema.iter().find(|param| param.name == name).unwrap().shape.clone();
    assert_eq!(shape("encoder.blocks.15.project.conv.weight"), [320, 1152, 1, 1]);
    assert_eq!(shape("decoder.stages.1.0.depthwise.weight"), [112, 1, 5, 5]);
    assert_eq!(shape("tmem.up.weight"), [336, 160]);
    assert_eq!(shape("fiam.3.squeeze.bias"), [40]);
    let mut names: Vec<_> = schema.iter().map(|param| &param.name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 570);
}

#[test]
fn an_encoder_alone_is_the_part_of_the_whole() {
    let config = FiaNetConfig::base(12, 1);
    let whole = schema::fianet(&config);
    for part in [NetworkConfig::Swin(config.swin()), NetworkConfig::Bert(config.bert.clone())] {
        assert!(schema::of(&part).iter().all(|param| whole.contains(param)));
    }
    assert_eq!(schema::bert(&config.bert).len(), 197);
}
