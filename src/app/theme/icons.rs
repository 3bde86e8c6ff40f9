//! Icons drawn from strokes on a grid of 16 x 16, so that they are sharp at any size and belong together.

use std::f32::consts::TAU;

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, Vec2, pos2};

/// An icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say what they show")]
pub enum Icon {
    Search,
    Folder,
    Save,
    Undo,
    Redo,
    Layers,
    Eye,
    EyeClosed,
    Raster,
    Polygons,
    Trash,
    Pencil,
    Plus,
    Minus,
    Close,
    Check,
    ChevronUp,
    ChevronDown,
    ArrowUp,
    ArrowDown,
    Fit,
    ZoomIn,
    ZoomOut,
    OneToOne,
    Target,
    Hand,
    Cursor,
    Area,
    Ruler,
    Merge,
    Copy,
    Stop,
    Again,
    Table,
    Log,
    Warning,
    Info,
    Sun,
    Moon,
    Gear,
    Keyboard,
    Command,
    Chip,
    Globe,
    Question,
}

enum Part {
    /// Points joined by lines.
    Line(&'static [[f32; 2]]),
    /// The same, back to the first.
    Ring(&'static [[f32; 2]]),
    /// Centre and radius.
    Circle([f32; 2], f32),
    /// A filled circle.
    Dot([f32; 2], f32),
    /// Centre, radius, and from where to where, in turns clockwise from the right.
    Arc([f32; 2], f32, [f32; 2]),
}

use Part::{Arc, Circle, Dot, Line, Ring};

impl Icon {
    fn parts(self) -> &'static [Part] {
        match self {
            Self::Search => &[Circle([7.0, 7.0], 4.5), Line(&[[10.4, 10.4], [14.0, 14.0]])],
            Self::Folder => &[Ring(&[[1.5, 3.5], [6.0, 3.5], [7.5, 5.5], [14.5, 5.5], [14.5, 13.0], [1.5, 13.0]])],
            Self::Save => &[
                Line(&[[8.0, 1.8], [8.0, 10.0]]),
                Line(&[[4.8, 7.0], [8.0, 10.2], [11.2, 7.0]]),
                Line(&[[2.0, 10.5], [2.0, 14.0], [14.0, 14.0], [14.0, 10.5]]),
            ],
            Self::Undo => &[
                Line(&[[5.5, 2.5], [2.2, 5.8], [5.5, 9.1]]),
                Line(&[[2.2, 5.8], [10.0, 5.8]]),
                Arc([10.0, 9.6], 3.8, [-0.25, 0.25]),
                Line(&[[10.0, 13.4], [6.0, 13.4]]),
            ],
            Self::Redo => &[
                Line(&[[10.5, 2.5], [13.8, 5.8], [10.5, 9.1]]),
                Line(&[[13.8, 5.8], [6.0, 5.8]]),
                Arc([6.0, 9.6], 3.8, [0.25, 0.75]),
                Line(&[[6.0, 13.4], [10.0, 13.4]]),
            ],
            Self::Layers => &[
                Ring(&[[8.0, 1.8], [14.5, 5.2], [8.0, 8.6], [1.5, 5.2]]),
                Line(&[[1.5, 8.2], [8.0, 11.6], [14.5, 8.2]]),
                Line(&[[1.5, 11.2], [8.0, 14.6], [14.5, 11.2]]),
            ],
            Self::Eye => &[Line(LID_UPPER), Line(LID_LOWER), Circle([8.0, 8.0], 2.1)],
            Self::EyeClosed => &[Line(LID_UPPER), Line(LID_LOWER), Line(&[[2.5, 14.0], [13.5, 2.0]])],
            Self::Raster => &[
                Ring(&[[1.8, 2.5], [14.2, 2.5], [14.2, 13.5], [1.8, 13.5]]),
                Line(&[[2.0, 11.5], [6.0, 7.2], [9.0, 10.4], [10.8, 8.6], [14.0, 11.8]]),
                Circle([10.8, 5.6], 1.2),
            ],
            Self::Polygons => &[
                Ring(&[[3.0, 4.0], [9.5, 2.2], [13.5, 7.5], [10.0, 13.5], [3.8, 11.5]]),
                Dot([3.0, 4.0], 1.3),
                Dot([9.5, 2.2], 1.3),
                Dot([13.5, 7.5], 1.3),
                Dot([10.0, 13.5], 1.3),
                Dot([3.8, 11.5], 1.3),
            ],
            Self::Trash => &[
                Line(&[[2.0, 4.2], [14.0, 4.2]]),
                Line(&[[6.0, 4.0], [6.0, 2.0], [10.0, 2.0], [10.0, 4.0]]),
                Line(&[[3.4, 4.2], [4.2, 14.2], [11.8, 14.2], [12.6, 4.2]]),
                Line(&[[6.5, 7.0], [6.7, 11.5]]),
                Line(&[[9.5, 7.0], [9.3, 11.5]]),
            ],
            Self::Pencil => &[
                Ring(&[[2.0, 14.0], [2.8, 10.6], [10.8, 2.4], [13.6, 5.2], [5.4, 13.2]]),
                Line(&[[9.0, 4.2], [11.8, 7.0]]),
            ],
            Self::Plus => &[Line(&[[8.0, 2.8], [8.0, 13.2]]), Line(&[[2.8, 8.0], [13.2, 8.0]])],
            Self::Minus => &[Line(&[[2.8, 8.0], [13.2, 8.0]])],
            Self::Close => &[Line(&[[3.5, 3.5], [12.5, 12.5]]), Line(&[[12.5, 3.5], [3.5, 12.5]])],
            Self::Check => &[Line(&[[2.8, 8.6], [6.4, 12.2], [13.4, 4.2]])],
            Self::ChevronUp => &[Line(&[[3.5, 10.2], [8.0, 5.6], [12.5, 10.2]])],
            Self::ChevronDown => &[Line(&[[3.5, 5.8], [8.0, 10.4], [12.5, 5.8]])],
            Self::ArrowUp => &[Line(&[[8.0, 13.5], [8.0, 2.8]]), Line(&[[3.8, 7.0], [8.0, 2.8], [12.2, 7.0]])],
            Self::ArrowDown => &[Line(&[[8.0, 2.5], [8.0, 13.2]]), Line(&[[3.8, 9.0], [8.0, 13.2], [12.2, 9.0]])],
            Self::Fit => &[
                Line(&[[2.0, 5.5], [2.0, 2.0], [5.5, 2.0]]),
                Line(&[[10.5, 2.0], [14.0, 2.0], [14.0, 5.5]]),
                Line(&[[14.0, 10.5], [14.0, 14.0], [10.5, 14.0]]),
                Line(&[[5.5, 14.0], [2.0, 14.0], [2.0, 10.5]]),
            ],
            Self::ZoomIn => &[
                Circle([7.0, 7.0], 4.8),
                Line(&[[10.6, 10.6], [14.2, 14.2]]),
                Line(&[[7.0, 4.8], [7.0, 9.2]]),
                Line(&[[4.8, 7.0], [9.2, 7.0]]),
            ],
            Self::ZoomOut => {
                &[Circle([7.0, 7.0], 4.8), Line(&[[10.6, 10.6], [14.2, 14.2]]), Line(&[[4.8, 7.0], [9.2, 7.0]])]
            }
            Self::OneToOne => &[
                Line(&[[2.6, 5.4], [4.2, 4.0], [4.2, 12.0]]),
                Line(&[[11.4, 5.4], [13.0, 4.0], [13.0, 12.0]]),
                Dot([8.2, 6.2], 0.9),
                Dot([8.2, 10.4], 0.9),
            ],
            Self::Target => &[
                Circle([8.0, 8.0], 4.6),
                Line(&[[8.0, 1.2], [8.0, 5.4]]),
                Line(&[[8.0, 10.6], [8.0, 14.8]]),
                Line(&[[1.2, 8.0], [5.4, 8.0]]),
                Line(&[[10.6, 8.0], [14.8, 8.0]]),
            ],
            Self::Hand => &[
                Line(&[[8.0, 1.4], [8.0, 14.6]]),
                Line(&[[1.4, 8.0], [14.6, 8.0]]),
                Line(&[[6.0, 3.4], [8.0, 1.4], [10.0, 3.4]]),
                Line(&[[6.0, 12.6], [8.0, 14.6], [10.0, 12.6]]),
                Line(&[[3.4, 6.0], [1.4, 8.0], [3.4, 10.0]]),
                Line(&[[12.6, 6.0], [14.6, 8.0], [12.6, 10.0]]),
            ],
            Self::Cursor => {
                &[Ring(&[[3.0, 2.0], [13.0, 7.4], [8.6, 8.9], [11.0, 13.4], [9.2, 14.3], [6.9, 9.8], [3.6, 12.8]])]
            }
            Self::Area => &[
                Line(&[[2.0, 4.6], [2.0, 2.0], [4.6, 2.0]]),
                Line(&[[6.7, 2.0], [9.3, 2.0]]),
                Line(&[[11.4, 2.0], [14.0, 2.0], [14.0, 4.6]]),
                Line(&[[14.0, 6.7], [14.0, 9.3]]),
                Line(&[[14.0, 11.4], [14.0, 14.0], [11.4, 14.0]]),
                Line(&[[9.3, 14.0], [6.7, 14.0]]),
                Line(&[[4.6, 14.0], [2.0, 14.0], [2.0, 11.4]]),
                Line(&[[2.0, 9.3], [2.0, 6.7]]),
            ],
            Self::Ruler => &[
                Ring(&[[1.4, 10.8], [10.8, 1.4], [14.6, 5.2], [5.2, 14.6]]),
                Line(&[[4.4, 7.8], [6.2, 9.6]]),
                Line(&[[7.0, 5.2], [8.2, 6.4]]),
                Line(&[[9.2, 3.0], [11.0, 4.8]]),
            ],
            Self::Merge => &[Circle([5.8, 8.0], 4.2), Circle([10.2, 8.0], 4.2)],
            Self::Copy => &[
                Ring(&[[5.2, 5.2], [14.0, 5.2], [14.0, 14.0], [5.2, 14.0]]),
                Line(&[[2.8, 10.8], [2.0, 10.8], [2.0, 2.0], [10.8, 2.0], [10.8, 2.8]]),
            ],
            Self::Stop => &[Ring(&[[3.5, 3.5], [12.5, 3.5], [12.5, 12.5], [3.5, 12.5]])],
            Self::Again => &[Arc([8.0, 8.4], 5.4, [-0.1, 0.72]), Line(&[[12.6, 1.8], [12.6, 5.4], [9.0, 5.4]])],
            Self::Table => &[
                Ring(&[[1.8, 2.8], [14.2, 2.8], [14.2, 13.2], [1.8, 13.2]]),
                Line(&[[1.8, 6.3], [14.2, 6.3]]),
                Line(&[[1.8, 9.8], [14.2, 9.8]]),
                Line(&[[6.0, 2.8], [6.0, 13.2]]),
            ],
            Self::Log => {
                &[Line(&[[2.5, 4.0], [13.5, 4.0]]), Line(&[[2.5, 8.0], [13.5, 8.0]]), Line(&[[2.5, 12.0], [9.0, 12.0]])]
            }
            Self::Warning => &[
                Ring(&[[8.0, 1.8], [15.0, 14.0], [1.0, 14.0]]),
                Line(&[[8.0, 6.2], [8.0, 9.8]]),
                Dot([8.0, 12.0], 0.9),
            ],
            Self::Info => &[Circle([8.0, 8.0], 6.4), Line(&[[8.0, 7.4], [8.0, 11.6]]), Dot([8.0, 4.8], 0.9)],
            Self::Sun => &[
                Circle([8.0, 8.0], 3.0),
                Line(&[[8.0, 1.0], [8.0, 2.8]]),
                Line(&[[8.0, 13.2], [8.0, 15.0]]),
                Line(&[[1.0, 8.0], [2.8, 8.0]]),
                Line(&[[13.2, 8.0], [15.0, 8.0]]),
                Line(&[[3.1, 3.1], [4.3, 4.3]]),
                Line(&[[11.7, 11.7], [12.9, 12.9]]),
                Line(&[[3.1, 12.9], [4.3, 11.7]]),
                Line(&[[11.7, 4.3], [12.9, 3.1]]),
            ],
            Self::Moon => &[Arc([8.0, 8.0], 6.0, [0.12, 0.88]), Arc([12.2, 8.0], 4.45, [0.30, 0.70])],
            Self::Gear => &[
                Line(&[[1.8, 4.2], [14.2, 4.2]]),
                Line(&[[1.8, 8.0], [14.2, 8.0]]),
                Line(&[[1.8, 11.8], [14.2, 11.8]]),
                Dot([10.5, 4.2], 1.9),
                Dot([5.0, 8.0], 1.9),
                Dot([9.0, 11.8], 1.9),
            ],
            Self::Keyboard => &[
                Ring(&[[1.2, 4.0], [14.8, 4.0], [14.8, 12.5], [1.2, 12.5]]),
                Dot([4.2, 6.8], 0.8),
                Dot([6.8, 6.8], 0.8),
                Dot([9.4, 6.8], 0.8),
                Dot([12.0, 6.8], 0.8),
                Line(&[[4.6, 9.9], [11.4, 9.9]]),
            ],
            Self::Command => &[Line(&[[3.0, 4.5], [6.8, 8.0], [3.0, 11.5]]), Line(&[[8.4, 12.0], [13.4, 12.0]])],
            Self::Chip => &[
                Ring(&[[4.0, 4.0], [12.0, 4.0], [12.0, 12.0], [4.0, 12.0]]),
                Line(&[[6.4, 1.6], [6.4, 4.0]]),
                Line(&[[9.6, 1.6], [9.6, 4.0]]),
                Line(&[[6.4, 12.0], [6.4, 14.4]]),
                Line(&[[9.6, 12.0], [9.6, 14.4]]),
                Line(&[[1.6, 6.4], [4.0, 6.4]]),
                Line(&[[1.6, 9.6], [4.0, 9.6]]),
                Line(&[[12.0, 6.4], [14.4, 6.4]]),
                Line(&[[12.0, 9.6], [14.4, 9.6]]),
            ],
            Self::Globe => &[
                Circle([8.0, 8.0], 6.2),
                Line(&[[1.8, 8.0], [14.2, 8.0]]),
                Line(&[
                    [8.0, 1.8],
                    [5.4, 4.8],
                    [5.0, 8.0],
                    [5.4, 11.2],
                    [8.0, 14.2],
                    [10.6, 11.2],
                    [11.0, 8.0],
                    [10.6, 4.8],
                    [8.0, 1.8],
                ]),
            ],
            Self::Question => &[
                Circle([8.0, 8.0], 6.4),
                Arc([8.0, 6.4], 2.1, [-0.5, 0.2]),
                Line(&[[8.0, 8.4], [8.0, 9.8]]),
                Dot([8.0, 11.8], 0.9),
            ],
        }
    }

    /// Draws the icon into `rect`.
    pub fn paint(self, painter: &Painter, rect: Rect, colour: Color32) {
        let side = rect.width().min(rect.height());
        let corner = rect.center() - Vec2::splat(side / 2.0);
        let at = |[x, y]: [f32; 2]| corner + Vec2::new(x, y) * (side / 16.0);
        let scale = side / 16.0;
        let stroke = Stroke::new(1.35 * scale.max(0.75), colour);
        for part in self.parts() {
            painter.add(match part {
                Line(points) => Shape::line(points.iter().map(|point| at(*point)).collect(), stroke),
                Ring(points) => Shape::closed_line(points.iter().map(|point| at(*point)).collect(), stroke),
                Circle(centre, radius) => Shape::circle_stroke(at(*centre), radius * scale, stroke),
                Dot(centre, radius) => Shape::circle_filled(at(*centre), radius * scale, colour),
                Arc(centre, radius, [from, to]) => Shape::line(arc(at(*centre), radius * scale, *from, *to), stroke),
            });
        }
    }
}

const LID_UPPER: &[[f32; 2]] = &[[1.2, 8.0], [3.0, 5.6], [5.2, 4.1], [8.0, 3.5], [10.8, 4.1], [13.0, 5.6], [14.8, 8.0]];
const LID_LOWER: &[[f32; 2]] =
    &[[1.2, 8.0], [3.0, 10.4], [5.2, 11.9], [8.0, 12.5], [10.8, 11.9], [13.0, 10.4], [14.8, 8.0]];

fn arc(centre: Pos2, radius: f32, from: f32, to: f32) -> Vec<Pos2> {
    const STEPS: u16 = 24;
    (0..=STEPS)
        .map(|step| {
            let turn = from + (to - from) * f32::from(step) / f32::from(STEPS);
            pos2(centre.x + radius * (turn * TAU).cos(), centre.y + radius * (turn * TAU).sin())
        })
        .collect()
}
