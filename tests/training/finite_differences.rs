//! Gradients are those of the function: along a direction, they are what a small step each way shows.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Distribution, Tensor};
use referent::model::cross_attention::TextView;
use referent::model::fiam::{Fiam, TextViews};
use referent::model::trace::Trace;
use referent::train::loss::{self, Truth};

/// Derivative of `f` at `x` along `direction`: by its gradient, and by a step each way.
fn along<const D: usize>(
    f: impl Fn(Tensor<D>) -> Tensor<1>,
    x: &Tensor<D>,
    direction: &Tensor<D>,
    step: f64,
) -> [f64; 2] {
    let tracked = Tensor::from_inner(x.clone()).require_grad();
    let gradients = f(tracked.clone()).backward();
    let gradient = tracked.grad(&gradients).unwrap();
    let analytic = f64::from((gradient * direction.clone()).sum().into_scalar::<f32>());
    let value = |sign: f64| {
        let moved = Tensor::from_inner(x.clone() + direction.clone() * (sign * step));
        f64::from(f(moved).inner().into_scalar::<f32>())
    };
    [analytic, (value(1.0) - value(-1.0)) / (2.0 * step)]
}

fn agree([analytic, numeric]: [f64; 2], what: &str) {
    println!("{what}: {analytic:.6} by the gradient, {numeric:.6} by differences");
    assert!((analytic - numeric).abs() <= 1e-2 * analytic.abs().max(numeric.abs()) + 1e-4, "{what}");
}

#[test]
fn the_gradient_of_both_losses_is_what_differences_show() {
    let plain = Device::flex();
    let device = plain.clone().autodiff();
    plain.seed(7);
    let normal = || Distribution::Normal(0.0, 1.0);
    let (logits, direction) =
        (Tensor::<4>::random([3, 2, 9, 7], normal(), &plain), Tensor::random([3, 2, 9, 7], normal(), &plain));
    let inside = Tensor::<3>::random([3, 9, 7], Distribution::Bernoulli(0.3), &plain);
    let inside = inside * Tensor::<3>::from_floats([[[1.0]], [[1.0]], [[0.0]]], &plain); // the third is not there
    let truth = Truth { inside: Tensor::from_inner(inside), present: Tensor::from_floats([1.0, 1.0, 0.0], &device) };
    agree(along(|x| loss::fianet(x, &truth), &logits, &direction, 1e-2), "fianet");
    let presence = Tensor::<1>::from_floats([0.5, -1.0, 2.0], &plain);
    let said = Tensor::from_inner(presence.clone());
    agree(along(|x| loss::lite(x, said.clone(), &truth), &logits, &direction, 1e-2), "lite, by its logits");
    let seen = Tensor::from_inner(logits);
    let way = Tensor::from_floats([1.0, 0.7, -0.4], &plain);
    agree(along(|x| loss::lite(seen.clone(), x, &truth), &presence, &way, 1e-2), "lite, by its presence");
}

#[test]
fn a_batch_in_which_nothing_is_there_has_a_finite_loss_and_gradient() {
    let device = Device::flex().autodiff();
    let logits = Tensor::<4>::zeros([2, 2, 4, 4], &device).require_grad();
    let truth = Truth { inside: Tensor::zeros([2, 4, 4], &device), present: Tensor::zeros([2], &device) };
    let loss = loss::lite(logits.clone(), Tensor::zeros([2], &device), &truth);
    let gradients = loss.backward();
    // ln 2 a pixel, and a tenth of ln 2 for presence.
    let value: f32 = loss.into_scalar();
    assert!((value - 1.1 * std::f32::consts::LN_2).abs() < 1e-5, "{value}");
    let gradient: Vec<f32> = logits.grad(&gradients).unwrap().into_data().try_to_vec().unwrap();
    assert!(gradient.iter().all(|g| g.is_finite()));
}

/// Moves every parameter along a random direction.
struct Nudge {
    step: f64,
}

impl ModuleMapper for Nudge {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let step = self.step;
        param.map(|x| {
            let direction = Tensor::random(x.dims(), Distribution::Normal(0.0, 1.0), &x.device());
            (x + direction * step).detach().require_grad()
        })
    }
}

#[test]
fn the_gradient_through_one_alignment_is_what_differences_show() {
    let plain = Device::flex();
    let device = plain.clone().autodiff();
    plain.seed(11);
    let normal = || Distribution::Normal(0.0, 1.0);
    let (channels, width, size) = (16, 12, [5, 4]);
    // Fresh weights are so small that hardly anything passes the gates; larger ones exercise every branch.
    let block = Fiam::new(channels, width, 1, &device).map(&mut Nudge { step: 0.3 });
    let view = |mask: [[f32; 6]; 2]| TextView {
        features: Tensor::from_inner(Tensor::random([2, 6, width], normal(), &plain)),
        mask: Tensor::from_floats(mask, &device),
    };
    let text = TextViews {
        context: view([[1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]]),
        object: view([[0.0, 1.0, 1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0, 0.0, 0.0]]),
        position: view([[0.0, 0.0, 0.0, 1.0, 1.0, 0.0], [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]]),
    };
    let weights = Tensor::from_inner(Tensor::<3>::random([2, 20, channels], normal(), &plain));
    let f = |x: Tensor<3>| {
        let residual = block.residual(x.clone(), &text.context, &Trace::off());
        (block.align(x, residual, &text, size, &Trace::off()) * weights.clone()).sum()
    };
    for round in 0..3 {
        let x = Tensor::<3>::random([2, 20, channels], normal(), &plain);
        let direction = Tensor::random([2, 20, channels], normal(), &plain);
        agree(along(f, &x, &direction, 3e-4), &format!("alignment, round {round}"));
    }
}
