//! The inset over the map that shows what the model sees, and the outline of that window on the map.

use egui::{
    Align, Area, Color32, ColorImage, CornerRadius, Frame, Id, Image, Layout, Margin, Rect, Shadow, Stroke,
    TextureHandle, TextureOptions, Ui, Vec2,
};

use crate::app::command::Command;
use crate::app::map::Camera;
use crate::app::state::{Sighted, State};
use crate::app::theme::{Colours, Icon, heading, icon_button, icon_label, weak};

/// Largest and smallest side of the picture in points. At the largest a pixel of the network is a point.
const LARGEST: f32 = 480.0;
const SMALLEST: f32 = 140.0;
/// What the inset needs beside the picture: lines of text, and the tools at the left of the map.
const BESIDE: Vec2 = Vec2::new(90.0, 112.0);

pub(super) fn show(state: &State, camera: &Camera, rect: Rect, ui: &Ui, out: &mut Vec<Command>) {
    if !state.sight.shown {
        return;
    }
    let colours = Colours::in_use(ui);
    let room = rect.size() - BESIDE;
    let side = room.y.min(room.x * 0.5).clamp(SMALLEST, LARGEST);
    let seen = state.sight.seen.as_ref();
    if let Some(Ok(seen)) = seen {
        outline(seen, camera, rect, ui);
    }
    let corner = egui::pos2(rect.right() - side - 32.0, rect.top() + 10.0);
    Area::new(Id::unique("what the model sees")).fixed_pos(corner).constrain_to(rect).show(ui.ctx(), |ui| {
        let frame = Frame::new()
            .fill(colours.surface)
            .stroke(Stroke::new(1.0, colours.line))
            .corner_radius(CornerRadius::same(9))
            .shadow(Shadow { offset: [0, 2], blur: 8, spread: 0, color: Color32::from_black_alpha(36) })
            .inner_margin(Margin::symmetric(10, 8));
        frame.show(ui, |ui| {
            ui.set_width(side);
            ui.spacing_mut().item_spacing.y = 4.0;
            ui.allocate_ui_with_layout(Vec2::new(side, 22.0), Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, Icon::Close, "Hide what the model sees").clicked() {
                    out.push(Command::ToggleSight);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| heading(ui, "What the model sees"));
            });
            match seen {
                Some(Ok(seen)) => {
                    picture(seen, side, ui);
                    scale(seen, &colours, ui);
                }
                Some(Err(trouble)) => drop(ui.label(weak(format!("{}: {}", trouble.what, trouble.why)))),
                None if state.sight.waits => drop(ui.spinner()),
                None => drop(ui.label(weak("Open a raster first"))),
            }
        });
    });
}

/// The window on the map.
fn outline(seen: &Sighted, camera: &Camera, rect: Rect, ui: &Ui) {
    let corners = seen.corners.iter().map(|corner| camera.to_screen(rect, *corner)).collect::<Vec<_>>();
    let painter = ui.painter_at(rect);
    let closed = |stroke| egui::Shape::closed_line(corners.clone(), stroke);
    painter.add(closed(Stroke::new(3.0, Color32::from_black_alpha(110))));
    painter.add(closed(Stroke::new(1.2, Color32::WHITE)));
}

/// The pixels, each as the network gets it.
fn picture(seen: &Sighted, side: f32, ui: &mut Ui) {
    let key = Id::unique("texture of what the model sees");
    type Kept = (std::sync::Arc<crate::raster::View>, TextureHandle);
    let view = &seen.view;
    let kept = ui.data(|data| data.get_temp::<Kept>(key)).filter(|(of, _)| std::sync::Arc::ptr_eq(of, view));
    let texture = kept.map(|(_, texture)| texture).unwrap_or_else(|| {
        let image = ColorImage::from_rgb([view.width, view.height], &view.rgb);
        let texture = ui.ctx().load_texture("what the model sees", image, TextureOptions::LINEAR);
        ui.data_mut(|data| data.insert_temp::<Kept>(key, (std::sync::Arc::clone(view), texture.clone())));
        texture
    });
    let image = Image::new(&texture).fit_to_exact_size(Vec2::splat(side)).corner_radius(CornerRadius::same(4));
    ui.add(image.alt_text("The window of the network at this place"));
}

/// How large its pixels are on the ground, and whether the model knows that.
fn scale(seen: &Sighted, colours: &Colours, ui: &mut Ui) {
    let (width, height) = (seen.view.width, seen.view.height);
    let pixels = match seen.level.gsd_m {
        Some(metres) => format!("{width} x {height} pixels of {} m", metres_text(metres)),
        None => format!("{width} x {height} pixels of the raster; their size on the ground is not known"),
    };
    ui.label(pixels);
    let (icon, colour, start) = match seen.is_known_scale() {
        Some(true) => (Icon::Check, colours.good, "The model knows this scale"),
        Some(false) => (Icon::Warning, colours.warning, "The model was not taught this scale"),
        None => (Icon::Question, colours.weak, "Which scales the model knows is not told"),
    };
    let class = seen.class.as_deref().map_or(String::new(), |class| format!(" for {class}"));
    let range = seen.trained.map_or(String::new(), |[finest, coarsest]| {
        format!(": {} to {} m a pixel{class}", metres_text(finest), metres_text(coarsest))
    });
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        icon_label(ui, icon, colour);
        ui.add(egui::Label::new(weak(format!("{start}{range}"))).wrap());
    });
}

fn metres_text(metres: f64) -> String {
    let text = format!("{metres:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
