//! How the window looks: colours, spacing and type in light and dark, and the few controls egui does not draw itself.

mod colours;
mod controls;
mod fields;
mod icons;

pub use colours::{ABSENCE_COLOUR, Colours, LABEL_COLOUR, OVER_HEAT_COLOUR, heat_colour, layer_colour, role_colour};
pub use controls::{
    badge, card, chip, heading, icon_button, icon_label, key_cap, primary_button, rename_to, tool_button, weak,
};
pub use fields::{Scale, combo, slider};
pub use icons::Icon;

use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Theme, Vec2};

/// Height of buttons, fields and rows.
pub const ROW: f32 = 26.0;
/// Side of an icon.
pub const ICON: f32 = 16.0;

/// Gives both of egui's themes this look.
pub fn install(ctx: &egui::Context) {
    for theme in [Theme::Light, Theme::Dark] {
        ctx.style_mut_of(theme, |style| dress(style, &Colours::of(theme)));
    }
}

fn dress(style: &mut Style, colours: &Colours) {
    let font = |size: f32| FontId::new(size, FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Small, font(11.5)),
        (TextStyle::Body, font(13.5)),
        (TextStyle::Button, font(13.5)),
        (TextStyle::Heading, font(19.0)),
        (TextStyle::Monospace, FontId::new(12.5, FontFamily::Monospace)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(8.0, 6.0);
    spacing.button_padding = Vec2::new(9.0, 4.0);
    spacing.interact_size = Vec2::new(36.0, ROW);
    spacing.menu_margin = Margin::same(6);
    spacing.window_margin = Margin::same(18);
    spacing.menu_width = 240.0;
    spacing.icon_width = 16.0;
    spacing.slider_width = 120.0;
    spacing.combo_width = 60.0;
    spacing.scroll.bar_width = 8.0;
    spacing.scroll.floating = true;
    style.animation_time = 0.1;
    style.interaction.tooltip_delay = 0.4;
    paint(&mut style.visuals, colours);
}

fn paint(visuals: &mut egui::Visuals, colours: &Colours) {
    let radius = CornerRadius::same(6);
    visuals.dark_mode = colours.dark;
    visuals.panel_fill = colours.panel;
    visuals.window_fill = colours.surface;
    visuals.window_stroke = Stroke::new(1.0, colours.line);
    visuals.window_corner_radius = CornerRadius::same(10);
    visuals.menu_corner_radius = CornerRadius::same(8);
    visuals.window_shadow = Shadow {
        offset: [0, 8],
        blur: 28,
        spread: 0,
        color: Color32::from_black_alpha(if colours.dark { 120 } else { 45 }),
    };
    visuals.popup_shadow = Shadow {
        offset: [0, 4],
        blur: 14,
        spread: 0,
        color: Color32::from_black_alpha(if colours.dark { 100 } else { 30 }),
    };
    visuals.extreme_bg_color = colours.field;
    visuals.text_edit_bg_color = Some(colours.field);
    visuals.faint_bg_color = colours.stripe;
    visuals.code_bg_color = colours.stripe;
    visuals.hyperlink_color = colours.accent;
    visuals.warn_fg_color = colours.warning;
    visuals.error_fg_color = colours.error;
    visuals.weak_text_color = Some(colours.weak);
    visuals.selection.bg_fill = colours.selected;
    visuals.selection.stroke = Stroke::new(1.0, colours.text);
    visuals.text_cursor.stroke = Stroke::new(1.5, colours.accent);
    visuals.striped = false;
    visuals.slider_trailing_fill = true;
    visuals.indent_has_left_vline = false;

    let widgets = &mut visuals.widgets;
    for (widget, fill, line, text) in [
        (&mut widgets.noninteractive, colours.panel, colours.line, colours.text),
        (&mut widgets.inactive, colours.button, colours.line, colours.text),
        (&mut widgets.hovered, colours.button_hovered, colours.line_strong, colours.text),
        (&mut widgets.active, colours.button_pressed, colours.accent, colours.text),
        (&mut widgets.open, colours.button_hovered, colours.line_strong, colours.text),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, line);
        widget.fg_stroke = Stroke::new(1.2, text);
        widget.corner_radius = radius;
        widget.expansion = 0.0;
    }
    // Rails of sliders and boxes of check boxes take `bg_fill`: they must show on a panel.
    widgets.inactive.bg_fill = colours.rail;
    widgets.hovered.bg_fill = colours.rail;
}
