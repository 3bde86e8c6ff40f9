//! Every colour of the window, light and dark. Colours that carry meaning can be told apart by colour-blind people.

use egui::{Color32, Theme};

use crate::text::Role;

/// The colours of one theme.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Colours {
    /// Whether light text lies on dark ground.
    pub dark: bool,
    /// Ground of panels.
    pub panel: Color32,
    /// Ground of dialogs, cards and menus.
    pub surface: Color32,
    /// Ground of text fields.
    pub field: Color32,
    /// Ground of the map where there is nothing.
    pub ground: Color32,
    /// Every other row of a table.
    pub stripe: Color32,
    /// Lines between panels and around controls.
    pub line: Color32,
    /// Lines around what the pointer is on.
    pub line_strong: Color32,
    /// Rails of sliders.
    pub rail: Color32,
    /// Buttons.
    pub button: Color32,
    /// Buttons under the pointer.
    pub button_hovered: Color32,
    /// Buttons while pressed.
    pub button_pressed: Color32,
    /// Text.
    pub text: Color32,
    /// Text of less weight.
    pub weak: Color32,
    /// What is to be done next, and what has the focus.
    pub accent: Color32,
    /// Text on `accent`.
    pub on_accent: Color32,
    /// Ground of what is selected.
    pub selected: Color32,
    /// Something to look at.
    pub warning: Color32,
    /// Ground of something to look at.
    pub warning_ground: Color32,
    /// Something that failed.
    pub error: Color32,
    /// Ground of something that failed.
    pub error_ground: Color32,
    /// Something that went well.
    pub good: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

const LIGHT: Colours = Colours {
    dark: false,
    panel: rgb(0xF6_F7_F9),
    surface: rgb(0xFF_FF_FF),
    field: rgb(0xFF_FF_FF),
    ground: rgb(0xE6_E9_ED),
    stripe: rgb(0xEE_F0_F3),
    line: rgb(0xDA_DF_E5),
    line_strong: rgb(0xB4_BD_C8),
    rail: rgb(0xDD_E2_E8),
    button: rgb(0xFF_FF_FF),
    button_hovered: rgb(0xED_F1_F5),
    button_pressed: rgb(0xDF_E8_EE),
    text: rgb(0x1D_26_30),
    weak: rgb(0x5F_6B_78),
    accent: rgb(0x0A_6A_94),
    on_accent: rgb(0xFF_FF_FF),
    selected: rgb(0xCF_E7_F2),
    warning: rgb(0x8A_55_00),
    warning_ground: rgb(0xFD_F2_DC),
    error: rgb(0xA8_2A_1E),
    error_ground: rgb(0xFB_E7_E4),
    good: rgb(0x0B_6E_4F),
};

const DARK: Colours = Colours {
    dark: true,
    panel: rgb(0x1C_20_25),
    surface: rgb(0x25_2A_31),
    field: rgb(0x14_17_1B),
    ground: rgb(0x11_14_17),
    stripe: rgb(0x22_27_2D),
    line: rgb(0x35_3C_45),
    line_strong: rgb(0x55_60_6C),
    rail: rgb(0x3A_42_4C),
    button: rgb(0x2A_30_38),
    button_hovered: rgb(0x35_3D_47),
    button_pressed: rgb(0x3D_4A_56),
    text: rgb(0xE5_E9_EE),
    weak: rgb(0x9D_A8_B4),
    accent: rgb(0x53_B5_DD),
    on_accent: rgb(0x08_1B_24),
    selected: rgb(0x23_4B_5E),
    warning: rgb(0xF0_B4_4C),
    warning_ground: rgb(0x3A_2E_18),
    error: rgb(0xF0_8A_7C),
    error_ground: rgb(0x40_22_1F),
    good: rgb(0x5C_C9_A2),
};

impl Colours {
    /// The colours of a theme.
    pub fn of(theme: Theme) -> Self {
        match theme {
            Theme::Dark => DARK,
            Theme::Light => LIGHT,
        }
    }

    /// The colours `ui` is drawn in.
    pub fn in_use(ui: &egui::Ui) -> Self {
        if ui.visuals().dark_mode { DARK } else { LIGHT }
    }
}

/// Okabe and Ito's palette ("Color Universal Design", 2008), in an order whose neighbours differ most, without black.
const LAYERS: [u32; 7] = [0xE6_9F_00, 0x56_B4_E9, 0xCC_79_A7, 0x00_9E_73, 0xF0_E4_42, 0xD5_5E_00, 0x00_72_B2];

/// The colour of labels on the map.
pub const LABEL_COLOUR: Color32 = rgb(0xB4_8C_FF);
/// The colour of areas in which something is not.
pub const ABSENCE_COLOUR: Color32 = rgb(0xFF_7A_6B);

/// The colour of the layer that was made as number `index`, from 0.
pub fn layer_colour(index: usize) -> Color32 {
    rgb(LAYERS[index % LAYERS.len()])
}

/// The ramp of heat maps as `probability.wgsl` has it: "inferno" of matplotlib (CC0) at nine places, in sRGB.
const HEAT: [u32; 9] =
    [0x21_0D_54, 0x42_0A_69, 0x6B_17_6E, 0x94_26_66, 0xBD_38_54, 0xDE_52_3B, 0xF5_78_1A, 0xFC_AD_1A, 0xFC_ED_8C];

/// The colour of outlines over a heat map, which has every other colour of layers.
pub const OVER_HEAT_COLOUR: Color32 = rgb(0x4D_E8_FF);

/// The colour of a heat map at `value`, 0 to 1.
pub fn heat_colour(value: f32) -> Color32 {
    let place = value.clamp(0.0, 1.0) * (HEAT.len() - 1) as f32;
    let below = (place as usize).min(HEAT.len() - 2);
    rgb(HEAT[below]).lerp_to_gamma(rgb(HEAT[below + 1]), place - below as f32)
}

/// The colour of what a word of a phrase was used for: the ground of its chip is a tint of it.
pub fn role_colour(role: Role, colours: &Colours) -> Color32 {
    let hex = match role {
        Role::Target => 0x00_72_B2,
        Role::Attribute | Role::Number => 0xB0_5C_8C,
        Role::Position | Role::Order => 0x00_8A_65,
        Role::Relation | Role::Distance | Role::Negation => 0xB8_7C_00,
        Role::Landmark => 0xC8_56_00,
        Role::Determiner | Role::Filler => return colours.weak,
        Role::Unused => return colours.error,
    };
    let colour = rgb(hex);
    if colours.dark { colour.lerp_to_gamma(Color32::WHITE, 0.35) } else { colour }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legend_has_the_colours_of_the_map() {
        let shader = include_str!("../../../shaders/probability.wgsl");
        for (index, hex) in HEAT.into_iter().enumerate() {
            let [r, g, b, _] = rgb(hex).to_array().map(|value| f32::from(value) / 255.0);
            let stop = format!("vec3f({r:.2}, {g:.2}, {b:.2})");
            assert!(shader.contains(&stop), "{stop}");
            let [found, wanted] = [heat_colour(index as f32 / 8.0), rgb(hex)];
            assert!(found.to_array().iter().zip(wanted.to_array()).all(|(a, b)| a.abs_diff(b) <= 1), "{index}");
        }
    }

    /// Relative luminance after WCAG 2.2.
    fn luminance(colour: Color32) -> f32 {
        let linear = |value: u8| {
            let value = f32::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
    }

    fn contrast(a: Color32, b: Color32) -> f32 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_can_be_read_on_its_ground() {
        for colours in [LIGHT, DARK] {
            for ground in [colours.panel, colours.surface, colours.field, colours.stripe] {
                assert!(contrast(colours.text, ground) >= 7.0, "text on {ground:?}");
                assert!(contrast(colours.weak, ground) >= 4.5, "weak text on {ground:?}");
            }
            assert!(contrast(colours.on_accent, colours.accent) >= 4.5);
            assert!(contrast(colours.text, colours.selected) >= 7.0);
            assert!(contrast(colours.warning, colours.warning_ground) >= 4.5);
            assert!(contrast(colours.error, colours.error_ground) >= 4.5);
        }
    }
}
