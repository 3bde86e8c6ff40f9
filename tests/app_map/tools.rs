//! Hand, wheel and keys on the map.

use std::sync::Arc;

use egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase, Vec2};
use egui_kittest::kittest::Queryable as _;
use geo::{Area, LineString, Polygon};
use referent::app::map::{
    Bounds, Camera, Content, LayerId, Map, MapEvent, MapPolygon, Polygons, Shape, Swipe, Tool, VectorLayer, VectorStyle,
};
use referent::raster::Crs;

use crate::picture::Picture;
use crate::stage::{Window, layer, map_of, open};

/// A map in UTM without layers but one square polygon from (20, 20) to (60, 60), seen with one unit a point.
fn window() -> Window {
    let ring = LineString::from(vec![(20.0, 20.0), (60.0, 20.0), (60.0, 60.0), (20.0, 60.0)]);
    let square = MapPolygon { id: 5, polygon: Polygon::new(ring, Vec::new()), label: "shed".to_owned() };
    let style = VectorStyle::of(egui::Color32::from_rgb(255, 140, 0));
    let vector = VectorLayer::new(Arc::new(Polygons::new(vec![square])), style);
    let map = Map {
        layers: vec![layer(1, Content::Vector(vector))],
        crs: Some(Crs::from_user("EPSG:32633").unwrap()),
        ..Map::default()
    };
    let mut window = Window::new(map, [400.0, 300.0], 1.0);
    window.harness.state_mut().camera = Camera { center: [0.0; 2], units_per_point: 1.0, y_down: false };
    window.harness.step();
    window.events();
    window
}

fn at(window: &Window, place: [f64; 2]) -> Pos2 {
    window.harness.state().camera.to_screen(window.rect(), place)
}

fn button(window: &mut Window, place: [f64; 2], button: PointerButton, pressed: bool) {
    let pos = at(window, place);
    window.harness.event(Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE });
    window.harness.step();
}

fn move_to(window: &mut Window, place: [f64; 2]) {
    let pos = at(window, place);
    window.harness.event(Event::PointerMoved(pos));
    window.harness.step();
}

fn click(window: &mut Window, place: [f64; 2]) {
    move_to(window, place);
    button(window, place, PointerButton::Primary, true);
    button(window, place, PointerButton::Primary, false);
    // So that the next click is not the second of two.
    for _ in 0..30 {
        window.harness.step();
    }
}

fn drag(window: &mut Window, path: &[[f64; 2]], with: PointerButton) {
    move_to(window, path[0]);
    button(window, path[0], with, true);
    for place in &path[1..] {
        move_to(window, *place);
    }
    button(window, path[path.len() - 1], with, false);
}

fn press(window: &mut Window, key: Key) {
    window.harness.key_press(key);
    window.harness.step();
}

fn drawn(window: &mut Window) -> Vec<Shape> {
    let events = window.events();
    events.into_iter().filter_map(|event| if let MapEvent::Drawn(shape) = event { Some(shape) } else { None }).collect()
}

fn near(found: [f64; 2], expected: [f64; 2]) {
    assert!((0..2).all(|axis| (found[axis] - expected[axis]).abs() < 0.01), "{found:?} is not {expected:?}");
}

#[test]
fn the_wheel_zooms_to_the_cursor_and_a_drag_moves_the_ground() {
    let mut window = window();
    move_to(&mut window, [50.0, 40.0]);
    let cursor = at(&window, [50.0, 40.0]);
    let delta = Vec2::new(0.0, 60.0);
    let (unit, phase, modifiers) = (MouseWheelUnit::Point, TouchPhase::Move, Modifiers::NONE);
    window.harness.event(Event::MouseWheel { unit, delta, phase, modifiers, source: MouseWheelSource::Wheel });
    for _ in 0..20 {
        window.harness.step();
    }
    let camera = window.harness.state().camera;
    assert!(camera.units_per_point < 0.8, "{camera:?}");
    near(camera.to_map(window.rect(), cursor), [50.0, 40.0]);
    window.harness.state_mut().camera = Camera { center: [0.0; 2], units_per_point: 1.0, y_down: false };
    let hold = at(&window, [-50.0, 0.0]);
    let end = hold + Vec2::new(30.0, 20.0);
    move_to(&mut window, [-50.0, 0.0]);
    button(&mut window, [-50.0, 0.0], PointerButton::Primary, true);
    window.harness.event(Event::PointerMoved(end));
    window.harness.step();
    near(window.harness.state().camera.to_map(window.rect(), end), [-50.0, 0.0]);
}

#[test]
fn the_middle_button_and_space_pan_under_any_tool() {
    for with_space in [false, true] {
        let mut window = window();
        window.harness.state_mut().tool = Tool::Rectangle;
        if with_space {
            window.harness.key_down(Key::Space);
            window.harness.step();
        }
        let with = if with_space { PointerButton::Primary } else { PointerButton::Middle };
        let (from, to) = (at(&window, [0.0, 0.0]), at(&window, [40.0, 10.0]));
        move_to(&mut window, [0.0, 0.0]);
        button(&mut window, [0.0, 0.0], with, true);
        window.harness.event(Event::PointerMoved(to));
        window.harness.step();
        near(window.harness.state().camera.center, [-40.0, -10.0]);
        window.harness.event(Event::PointerButton {
            pos: to,
            button: with,
            pressed: false,
            modifiers: Modifiers::NONE,
        });
        window.harness.step();
        assert_eq!(drawn(&mut window), [], "{from:?}");
    }
}

#[test]
fn keys_zoom_and_move() {
    let mut window = window();
    press(&mut window, Key::Plus);
    assert!((window.harness.state().camera.units_per_point - 1.0 / 1.5).abs() < 1e-9);
    press(&mut window, Key::Minus);
    press(&mut window, Key::ArrowRight);
    near(window.harness.state().camera.center, [80.0, 0.0]);
}

#[test]
fn a_click_names_the_polygon_under_it() {
    let mut window = window();
    click(&mut window, [30.0, 30.0]);
    click(&mut window, [-30.0, 30.0]);
    let clicked =
        |event: MapEvent| if let MapEvent::Clicked { at, polygon, .. } = event { Some((at, polygon)) } else { None };
    let clicks: Vec<_> = window.events().into_iter().filter_map(clicked).collect();
    assert_eq!(clicks.len(), 2, "{clicks:?}");
    near(clicks[0].0, [30.0, 30.0]);
    assert_eq!((clicks[0].1, clicks[1].1), (Some((LayerId(1), 5)), None));
}

#[test]
fn a_box_names_what_reaches_into_it() {
    let mut window = window();
    window.harness.state_mut().tool = Tool::Select;
    drag(&mut window, &[[-40.0, -40.0], [0.0, 0.0], [25.0, 25.0]], PointerButton::Primary);
    let boxed = |event: MapEvent| match event {
        MapEvent::Boxed { bounds, polygons, .. } => Some((bounds, polygons)),
        _ => None,
    };
    let boxes: Vec<_> = window.events().into_iter().filter_map(boxed).collect();
    assert_eq!(boxes.len(), 1);
    near(boxes[0].0.min, [-40.0, -40.0]);
    near(boxes[0].0.max, [25.0, 25.0]);
    assert_eq!(boxes[0].1, vec![(LayerId(1), 5)]);
}

#[test]
fn rectangles_circles_and_paths_are_drawn_by_dragging() {
    let mut window = window();
    let path = [[-80.0, -50.0], [-60.0, -30.0], [-20.0, -50.0], [-50.0, -80.0]];
    for tool in [
        Tool::Rectangle,
        Tool::Area,
        Tool::Circle,
        Tool::Freehand,
        Tool::Brush { radius: 8.0 },
        Tool::Eraser { radius: 8.0 },
    ] {
        window.harness.state_mut().tool = tool;
        window.harness.step();
        drag(&mut window, &path, PointerButton::Primary);
        let shapes = drawn(&mut window);
        assert_eq!(shapes.len(), 1, "{tool:?}");
        let area = shapes[0].polygons().unsigned_area();
        match (&tool, &shapes[0]) {
            (Tool::Rectangle | Tool::Area, Shape::Rectangle(bounds)) => {
                assert_eq!(*bounds, Bounds::of(path[0], path[3]));
                assert!((area - 900.0).abs() < 0.1, "{area}");
            }
            (Tool::Circle, Shape::Circle { center, radius }) => {
                near(*center, path[0]);
                assert!((radius - 30f64.hypot(30.0)).abs() < 0.01);
                assert!((area / (std::f64::consts::PI * radius * radius) - 1.0).abs() < 0.01);
            }
            (Tool::Freehand, Shape::Polygon(polygon)) => assert_eq!(polygon.exterior().0.len(), 5),
            (Tool::Brush { .. }, Shape::Stroke { radius, erases: false, .. }) => {
                assert_eq!(*radius, 8.0);
                // Two round ends and the length times the width, less what overlaps in the bends.
                let length = 20f64.hypot(20.0) + 40f64.hypot(20.0) + 30f64.hypot(30.0);
                assert!(area < length * 16.0 + 210.0 && area > length * 16.0 * 0.85, "{area}");
            }
            (Tool::Eraser { .. }, Shape::Stroke { erases: true, .. }) => {}
            (tool, shape) => panic!("{tool:?} drew {shape:?}"),
        }
    }
}

#[test]
fn a_click_with_the_brush_is_a_dot() {
    let mut window = window();
    window.harness.state_mut().tool = Tool::Brush { radius: 10.0 };
    click(&mut window, [-50.0, 0.0]);
    let shapes = drawn(&mut window);
    assert_eq!(shapes.len(), 1);
    assert!((shapes[0].polygons().unsigned_area() / 314.16 - 1.0).abs() < 0.01);
}

#[test]
fn escape_ends_a_drag_without_a_shape() {
    let mut window = window();
    window.harness.state_mut().tool = Tool::Rectangle;
    move_to(&mut window, [-50.0, 0.0]);
    button(&mut window, [-50.0, 0.0], PointerButton::Primary, true);
    move_to(&mut window, [0.0, 50.0]);
    assert!(window.harness.state().canvas.is_drawing());
    press(&mut window, Key::Escape);
    assert!(!window.harness.state().canvas.is_drawing());
    button(&mut window, [0.0, 50.0], PointerButton::Primary, false);
    assert_eq!(drawn(&mut window), []);
}

#[test]
fn corners_are_clicked_taken_back_and_closed_by_enter_a_double_click_or_the_first_corner() {
    for way in 0..3 {
        let mut window = window();
        window.harness.state_mut().tool = Tool::Polygon;
        for place in [[-90.0, 0.0], [-50.0, 0.0], [-50.0, 40.0], [-10.0, 90.0]] {
            click(&mut window, place);
        }
        press(&mut window, Key::Backspace);
        match way {
            0 => press(&mut window, Key::Enter),
            1 => click(&mut window, [-90.0, 0.0]),
            _ => {
                let corner = [-50.0, 40.0];
                move_to(&mut window, corner);
                for pressed in [true, false, true, false] {
                    let pos = at(&window, corner);
                    let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
                    window.harness.event(Event::PointerButton { pos, button, pressed, modifiers });
                }
                window.harness.step();
            }
        }
        let shapes = drawn(&mut window);
        assert_eq!(shapes.len(), 1, "way {way}");
        let area = shapes[0].polygons().unsigned_area();
        assert!((area - 800.0).abs() < 1.0, "way {way}: {area}");
        assert!(!window.harness.state().canvas.is_drawing());
    }
}

#[test]
fn a_line_ends_with_enter_wherever_it_began() {
    let mut window = window();
    window.harness.state_mut().tool = Tool::Line;
    let way = [[-90.0, 0.0], [-50.0, 0.0], [-50.0, 40.0], [-90.0, 0.0]];
    for place in way {
        click(&mut window, place);
    }
    assert!(drawn(&mut window).is_empty(), "its first point does not close it");
    press(&mut window, Key::Enter);
    let shapes = drawn(&mut window);
    let [Shape::Line(points)] = shapes.as_slice() else { panic!("{shapes:?}") };
    assert_eq!(points.len(), 4);
    let off = |(a, b): (&[f64; 2], &[f64; 2])| (a[0] - b[0]).hypot(a[1] - b[1]);
    assert!(points.iter().zip(&way).map(off).all(|off| off < 0.6), "{points:?}");
}

#[test]
fn a_line_is_measured_on_the_ground() {
    let mut window = window();
    window.harness.state_mut().tool = Tool::Measure;
    for place in [[-100.0, 0.0], [-20.0, 0.0], [-20.0, 60.0]] {
        click(&mut window, place);
    }
    press(&mut window, Key::Enter);
    let measured = |event: MapEvent| if let MapEvent::Measured(measured) = event { measured } else { None };
    let all: Vec<_> = window.events().into_iter().filter_map(measured).collect();
    let last = all.last().unwrap();
    assert!(last.finished && last.in_metres && last.points.len() == 3);
    // Near the equator, 500 km west of UTM's middle, a metre of the grid is about 1/1.0027 on the ground.
    assert!((last.length / 140.0 - 1.0).abs() < 0.004, "{}", last.length);
    assert!((last.area.unwrap() / 2400.0 - 1.0).abs() < 0.008);
    // Another tool gives it up.
    window.harness.state_mut().tool = Tool::Pan;
    window.harness.step();
    assert!(window.events().contains(&MapEvent::Measured(None)));
}

#[test]
fn corners_of_a_polygon_are_dragged_added_and_deleted() {
    let mut window = window();
    window.harness.state_mut().tool = Tool::Vertices(LayerId(1), 5);
    window.harness.step();
    let edited = |window: &mut Window| -> Vec<Polygon<f64>> {
        let edit = |event| match event {
            MapEvent::Edited { layer: LayerId(1), id: 5, polygon } => Some(polygon),
            _ => None,
        };
        window.events().into_iter().filter_map(edit).collect()
    };
    drag(&mut window, &[[60.0, 60.0], [70.0, 65.0], [80.0, 80.0]], PointerButton::Primary);
    let edits = edited(&mut window);
    assert_eq!(edits.len(), 1);
    assert!((edits[0].unsigned_area() - 2400.0).abs() < 1.0, "{}", edits[0].unsigned_area());
    // The caller did not take the edit, but the hand goes on from it until other polygons come.
    drag(&mut window, &[[20.0, 40.0], [10.0, 40.0], [0.0, 40.0]], PointerButton::Primary);
    let edits = edited(&mut window);
    assert!(edits.len() == 1 && edits[0].exterior().0.len() == 6, "{edits:?}");
    move_to(&mut window, [20.0, 20.0]);
    press(&mut window, Key::Delete);
    let edits = edited(&mut window);
    assert!(edits.len() == 1 && edits[0].exterior().0.len() == 5, "{edits:?}");
}

#[test]
fn the_swipe_divider_is_dragged_by_its_name() {
    let mut window = window();
    window.harness.state_mut().map.swipe = Some(Swipe { position: 0.5, left: vec![LayerId(1)], right: Vec::new() });
    window.harness.step();
    let middle = window.harness.get_by_label("Swipe divider").rect().center();
    assert!((middle.x - window.rect().center().x).abs() < 1.0);
    drag(&mut window, &[[0.0, 0.0], [-50.0, 0.0], [-100.0, 0.0]], PointerButton::Primary);
    let position = window.harness.state().map.swipe.as_ref().unwrap().position;
    assert!((position - 0.25).abs() < 0.01, "{position}");
    // The map stayed where it was.
    assert_eq!(window.harness.state().camera.center, [0.0; 2]);
}

#[test]
fn the_values_under_the_cursor_are_those_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let picture = Picture {
        size: [40, 30],
        bands: 2,
        transform: Some([500_000.0, 10.0, 0.0, 5e6, 0.0, -10.0]),
        epsg: Some(32633),
        nodata: Some(0.0),
        ..Picture::default()
    };
    let value = |band: usize, col: usize, row: usize| if band == 2 { 0 } else { (1000 + col * 30 + row) as u16 };
    let scene = open(picture.write(&folder.path().join("a.tif"), value));
    let mut window = Window::new(map_of(&scene), [400.0, 300.0], 1.0);
    window.settle();
    let place = [500_000.0 + 175.0, 5e6 - 123.0];
    move_to(&mut window, place);
    let hovered = |event| if let MapEvent::Hovered(Some(hover)) = event { Some(hover) } else { None };
    let start = std::time::Instant::now();
    // They are read on another thread.
    let hover = loop {
        let hover = window.events().into_iter().filter_map(hovered).next_back();
        if let Some(hover) = hover.filter(|hover| hover.rasters.iter().any(|(_, values)| values[0].is_some())) {
            break hover;
        }
        assert!(start.elapsed().as_secs() < 20, "no value arrives");
        std::thread::sleep(std::time::Duration::from_millis(5));
        window.harness.step();
    };
    assert_eq!(hover.rasters, vec![(LayerId(1), vec![Some((1000 + 17 * 30 + 12) as f32), None])]);
    let [lon, lat] = hover.lonlat.unwrap();
    assert!((lon - 15.0).abs() < 0.01 && (lat - 45.15).abs() < 0.02, "{lon} {lat}");
    window.harness.event(Event::PointerGone);
    window.harness.step();
    assert!(window.events().contains(&MapEvent::Hovered(None)));
}

#[test]
fn the_canvas_and_its_scale_have_names() {
    let window = window();
    let map = window.harness.get_by_label("Map");
    assert!(map.value().is_some_and(|value| value.contains("UTM zone 33N")), "{:?}", map.value());
    window.harness.get_by_label_contains("Scale bar: 100 m");
}

#[test]
fn a_monkey_with_every_tool_breaks_nothing() {
    let mut window = window();
    let tools = [
        Tool::Pan,
        Tool::Select,
        Tool::Area,
        Tool::Measure,
        Tool::Rectangle,
        Tool::Polygon,
        Tool::Line,
        Tool::Circle,
        Tool::Freehand,
        Tool::Brush { radius: 12.0 },
        Tool::Eraser { radius: 5.0 },
        Tool::Vertices(LayerId(1), 5),
        Tool::Vertices(LayerId(9), 9),
    ];
    let keys = [Key::Escape, Key::Enter, Key::Backspace, Key::Delete, Key::Space, Key::Plus, Key::Minus, Key::ArrowUp];
    let buttons = [PointerButton::Primary, PointerButton::Primary, PointerButton::Middle, PointerButton::Secondary];
    // Numbers after Marsaglia (2003), "Xorshift RNGs": the same on every run.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % below
    };
    for _ in 0..3000 {
        let pos = Pos2::new(next(416) as f32, next(316) as f32);
        match next(12) {
            0 => window.harness.state_mut().tool = tools[next(tools.len())],
            1 => window.harness.key_press(keys[next(keys.len())]),
            2 => window.harness.key_down(Key::Space),
            3 => window.harness.key_up(Key::Space),
            4 => {
                let delta = Vec2::new(0.0, next(400) as f32 - 200.0);
                let (unit, phase, modifiers) = (MouseWheelUnit::Point, TouchPhase::Move, Modifiers::NONE);
                let source = MouseWheelSource::Wheel;
                window.harness.event(Event::MouseWheel { unit, delta, phase, modifiers, source });
            }
            5 => window.harness.event(Event::PointerGone),
            6..9 => {
                let (button, pressed) = (buttons[next(buttons.len())], next(2) == 0);
                window.harness.event(Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE });
            }
            _ => window.harness.event(Event::PointerMoved(pos)),
        }
        window.harness.step();
        for event in window.events() {
            let camera = window.harness.state().camera;
            assert!(camera.center.iter().all(|value| value.is_finite()) && camera.units_per_point > 0.0);
            match event {
                MapEvent::Drawn(shape) => assert!(shape.polygons().unsigned_area() >= 0.0),
                MapEvent::Edited { polygon, .. } => assert!(polygon.exterior().0.len() >= 4),
                MapEvent::Boxed { bounds, .. } => assert!(bounds.min[0] <= bounds.max[0]),
                _ => {}
            }
        }
    }
}

#[test]
fn the_polygon_under_the_cursor_stands_out_and_is_told() {
    let mut window = window();
    let [x, y] = window.pixel_at([30.0, 30.0]);
    let plain = window.picture().get_pixel(x, y).0;
    move_to(&mut window, [50.0, 50.0]);
    window.harness.step();
    let hovered = |event| if let MapEvent::Hovered(Some(hover)) = event { hover.polygon } else { None };
    assert_eq!(window.events().into_iter().find_map(hovered), Some((LayerId(1), 5)));
    let hovered = window.picture().get_pixel(x, y).0;
    assert!((0..3).all(|channel| hovered[channel] > plain[channel]), "{plain:?} {hovered:?}");
    move_to(&mut window, [-90.0, -50.0]);
    window.harness.step();
    assert_eq!(window.picture().get_pixel(x, y).0, plain);
}
