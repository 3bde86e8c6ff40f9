//! Moving over the map: drag, wheel, pinch and keys become a new camera.

use egui::{EventFilter, Key, PointerButton, Response, Ui, Vec2};

use super::camera::Camera;
use super::tool::Tool;
use super::view::View;

/// Natural logarithm of the zoom for one point of wheel: one notch makes a quarter.
const WHEEL: f64 = 0.0056;
/// Zoom of one press of a key.
const KEY_ZOOM: f64 = 1.5;
/// Share of the canvas that an arrow key moves by.
const KEY_PAN: f32 = 0.2;

/// Whether the primary button moves the map instead of using the tool.
pub(super) fn pans_by_primary(ui: &Ui, tool: &Tool) -> bool {
    *tool == Tool::Pan || ui.input(|input| input.key_down(Key::Space)) && !is_typing(ui)
}

/// Whether keys go to a field of text.
pub(super) fn is_typing(ui: &Ui) -> bool {
    ui.ctx().egui_wants_keyboard_input()
}

/// The camera after what the user did in this frame; the same one where that was nothing.
pub(super) fn navigate(ui: &Ui, response: &Response, view: &View, tool: &Tool) -> Camera {
    let mut camera = view.camera;
    let primary = response.dragged_by(PointerButton::Primary) && pans_by_primary(ui, tool);
    if primary || response.dragged_by(PointerButton::Middle) {
        camera = camera.panned(response.drag_delta());
    }
    if let Some(at) = response.hover_pos().filter(|_| response.contains_pointer()) {
        let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let factor = (f64::from(wheel) * WHEEL).exp() * f64::from(pinch);
        if factor != 1.0 {
            camera = camera.zoomed_at(view.rect, at, factor);
        }
    }
    // A table or a list that has the focus wants the arrows for itself.
    let is_free = ui.memory(|memory| memory.focused()).is_none_or(|focused| focused == response.id);
    if !is_typing(ui) && (is_free || response.contains_pointer()) {
        camera = by_keys(ui, view, camera);
    }
    if response.has_focus() {
        let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    }
    camera
}

fn by_keys(ui: &Ui, view: &View, camera: Camera) -> Camera {
    let middle = view.rect.center();
    let pressed =
        |keys: &[Key]| ui.input(|input| input.modifiers.is_none() && keys.iter().any(|key| input.key_pressed(*key)));
    // On many keyboards plus is a shifted key.
    let plus =
        ui.input(|input| !input.modifiers.command && (input.key_pressed(Key::Plus) || input.key_pressed(Key::Equals)));
    let mut camera = camera;
    if plus {
        camera = camera.zoomed_at(view.rect, middle, KEY_ZOOM);
    }
    if pressed(&[Key::Minus]) {
        camera = camera.zoomed_at(view.rect, middle, 1.0 / KEY_ZOOM);
    }
    let step = view.rect.size() * KEY_PAN;
    let ways = [
        (Key::ArrowLeft, Vec2::new(step.x, 0.0)),
        (Key::ArrowRight, Vec2::new(-step.x, 0.0)),
        (Key::ArrowUp, Vec2::new(0.0, step.y)),
        (Key::ArrowDown, Vec2::new(0.0, -step.y)),
    ];
    for (key, way) in ways {
        if pressed(&[key]) {
            camera = camera.panned(way);
        }
    }
    camera
}
