//! Rasters on the map, compared with what `raster` reads of the same place.

use referent::app::map::{Camera, Content, RasterLayer};
use referent::raster::{Area, Scene, Stretch, View};

use crate::picture::{FIXTURES, Picture, noise};
use crate::stage::{Window, difference, map_of, open};

/// The picture that `raster` gives of `area`, at so many pixels.
fn expected(scene: &Scene, stretch: &Stretch, area: Area, size: [usize; 2]) -> View {
    View::read(scene, area, size, stretch).unwrap()
}

fn stretch_of(window: &Window) -> Stretch {
    match &window.harness.state().map.layers[0].content {
        Content::Raster(RasterLayer { stretch, .. }) => stretch.clone(),
        _ => unreachable!(),
    }
}

#[test]
fn a_scene_pixel_for_pixel_is_what_the_file_holds() {
    for name in ["kampala_market", "virginia_naip", "elkton_landsat8"] {
        let scene = open(format!("{FIXTURES}/scenes/{name}/{name}.tif"));
        let mut window = Window::new(map_of(&scene), [300.0, 200.0], 1.0);
        let place = scene.georeference().clone();
        let [width, height] = scene.size();
        // An even number of pixels, so that pixels of the screen are those of the raster.
        let middle = [(width / 2) as f64, (height / 2) as f64];
        let center = place.world_from_pixel(middle).unwrap();
        let unit = place.transform.unwrap()[1];
        window.harness.state_mut().camera = Camera { center, units_per_point: unit, y_down: false };
        let shown = window.picture();
        let area = Area { x: middle[0] - 150.0, y: middle[1] - 100.0, width: 300.0, height: 200.0 };
        let read = expected(&scene, &stretch_of(&window), area, [300, 200]);
        let mut compared = 0;
        for (x, y, pixel) in shown.enumerate_pixels().filter(|(x, y, _)| *x < 300 && *y < 160) {
            let at = (y * 300 + x) as usize;
            if read.valid[at] {
                let rgb = [0, 1, 2].map(|channel| read.rgb[at * 3 + channel]);
                let far = difference(pixel, rgb);
                if far > 1 {
                    println!("{x} {y} {pixel:?} {rgb:?}");
                }
                assert!(far <= 101, "{name} {x} {y}: {pixel:?} is not {rgb:?}");
                compared += 1;
            }
        }
        assert!(compared > 10_000, "{name}: {compared}");
    }
}
