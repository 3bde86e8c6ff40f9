//! Reads tiles on threads of its own, each with its own handle of a file, the most wanted tile first.

use std::collections::HashSet;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::pyramid::{Pyramid, TileAt};
use crate::error::Result;
use crate::raster::{Area, Samples, Scene, SceneHandle};

/// What a tile is known by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct TileKey {
    pub(super) scene: SceneHandle,
    /// Red, green and blue.
    pub(super) bands: [usize; 3],
    pub(super) tile: TileAt,
}

impl TileKey {
    fn is_heavy(&self) -> bool {
        let area = Pyramid::new(self.scene.size()).area(self.tile);
        self.scene.overviews() == 0 && area.width() * area.height() > HEAVY
    }
}

/// Texels of a tile with those of its neighbours next to it, raw values.
#[derive(Debug)]
pub(super) struct Tile {
    /// Columns and rows.
    pub(super) size: [u32; 2],
    /// The first texel's column and row in its level.
    pub(super) first: [u64; 2],
    pub(super) texels: Texels,
    /// The first block that could not be read; what it holds is shown as no data.
    pub(super) damage: Option<String>,
}

/// Row after row; the last of each texel's numbers says whether it is data.
#[derive(Debug)]
pub(super) enum Texels {
    /// Two or four numbers a texel, 0 to 255.
    Bytes(Vec<u8>),
    /// Two or four numbers a texel.
    Floats(Vec<f32>),
}

/// In place of a band's value where this band has no data though another has: darker than any black.
const NO_VALUE: f32 = -3.0e38;
/// Without overviews a tile over this many pixels of the file takes long: one thread is kept free of them.
const HEAVY: f64 = 32.0e6;
/// Open files a thread.
const SCENES: usize = 8;
/// A tile that cannot be read is read again in parts of at least so many texels a side.
const SMALLEST_PART: u64 = 32;

/// Threads that read.
pub(super) struct Reader {
    shared: Arc<Shared>,
    done: Receiver<(TileKey, Result<Tile>)>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The most wanted last.
    wanted: Vec<TileKey>,
    busy: HashSet<TileKey>,
    /// Threads busy with heavy tiles, and how many may be.
    heavy: usize,
    most_heavy: usize,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is a list of wishes: whole after any panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    /// Starts the threads; each finished tile calls `ready`.
    pub(super) fn start(ready: &(impl Fn() + Send + Clone + 'static)) -> Self {
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() });
        let (sender, done) = channel();
        let threads = std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 4));
        shared.lock().most_heavy = threads - 1;
        for number in 0..threads {
            let (shared, sender, ready) = (Arc::clone(&shared), sender.clone(), ready.clone());
            let thread = std::thread::Builder::new().name(format!("tiles {number}"));
            // Without a thread there are fewer of them; the first wish shows if there is none at all.
            let _ = thread.spawn(move || work(&shared, &sender, &ready));
        }
        Self { shared, done }
    }

    /// From now on these tiles are wanted and no others, the most wanted first.
    pub(super) fn want(&self, mut wanted: Vec<TileKey>) {
        wanted.reverse();
        let mut state = self.shared.lock();
        if state.wanted != wanted {
            state.wanted = wanted;
            self.shared.changed.notify_all();
        }
    }

    /// A tile that was read since, if any.
    pub(super) fn take(&self) -> Option<(TileKey, Result<Tile>)> {
        self.done.try_recv().ok()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

fn work(shared: &Shared, sender: &Sender<(TileKey, Result<Tile>)>, ready: &impl Fn()) {
    let mut open = OpenScenes::default();
    while let Some(key) = next(shared) {
        let tile = open.get(&key.scene).and_then(|scene| read(scene, &key));
        let sent = sender.send((key.clone(), tile)).is_ok();
        let mut state = shared.lock();
        state.busy.remove(&key);
        state.heavy -= usize::from(key.is_heavy());
        state.wanted.retain(|wanted| *wanted != key);
        drop(state);
        if key.is_heavy() {
            // Another thread may have passed over the next one.
            shared.changed.notify_one();
        }
        if !sent {
            return;
        }
        ready();
    }
}

/// Waits for the most wanted tile that nobody reads yet; `None` once nobody wants any more.
fn next(shared: &Shared) -> Option<TileKey> {
    let mut state = shared.lock();
    loop {
        if state.closed {
            return None;
        }
        let may_be_heavy = state.heavy < state.most_heavy;
        let is_next = |key: &TileKey| !state.busy.contains(key) && (may_be_heavy || !key.is_heavy());
        if let Some(at) = state.wanted.iter().rposition(is_next) {
            let key = state.wanted.remove(at);
            state.heavy += usize::from(key.is_heavy());
            state.busy.insert(key.clone());
            return Some(key);
        }
        state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
}

/// The scenes that a thread has open, the last used last.
#[derive(Default)]
pub(super) struct OpenScenes(Vec<(SceneHandle, Scene)>);

impl OpenScenes {
    pub(super) fn get(&mut self, handle: &SceneHandle) -> Result<&Scene> {
        let entry = match self.0.iter().position(|(known, _)| known == handle) {
            Some(at) => self.0.remove(at),
            None => (handle.clone(), handle.open()?),
        };
        if self.0.len() >= SCENES {
            self.0.remove(0);
        }
        let last = self.0.len();
        self.0.push(entry);
        Ok(&self.0[last].1)
    }
}

/// The distinct bands of three, in order: one for grey.
fn bands_to_read(bands: [usize; 3]) -> Vec<usize> {
    if bands[0] == bands[1] && bands[1] == bands[2] { vec![bands[0]] } else { bands.to_vec() }
}

/// Whether all three bands can be kept as bytes.
pub(super) fn are_bytes(scene: &SceneHandle, bands: [usize; 3]) -> bool {
    bands.iter().all(|&band| band > 0 && scene.bands().get(band - 1).is_some_and(|band| band.data_type == "Byte"))
}

/// Bytes of a texel of such bands.
pub(super) fn texel_bytes(scene: &SceneHandle, bands: [usize; 3]) -> usize {
    let numbers = if bands_to_read(bands).len() == 1 { 2 } else { 4 };
    numbers * if are_bytes(scene, bands) { 1 } else { size_of::<f32>() }
}

fn read(scene: &Scene, key: &TileKey) -> Result<Tile> {
    let pyramid = Pyramid::new(scene.size());
    let texels = pyramid.texels(key.tile.level);
    // One texel more on each side, where there is one, so that a tile blends into the next.
    let ranges = [0, 1].map(|axis| {
        let range = pyramid.texel_range(key.tile, axis);
        range.start.saturating_sub(1)..(range.end + 1).min(texels[axis])
    });
    let first = [ranges[0].start, ranges[1].start];
    let size = [ranges[0].end - first[0], ranges[1].end - first[1]];
    let bands = bands_to_read(key.bands);
    let step = pyramid.step(key.tile.level);
    let part = |first: [u64; 2], size: [u64; 2]| {
        let area = Area {
            x: first[0] as f64 * step[0],
            y: first[1] as f64 * step[1],
            width: size[0] as f64 * step[0],
            height: size[1] as f64 * step[1],
        };
        scene.read(area, [size[0] as usize, size[1] as usize], &bands)
    };
    let (samples, damage) = match part(first, size) {
        Ok(samples) => (samples, None),
        Err(error) => {
            let message = error.to_string();
            let whole = [size[0] as usize, size[1] as usize];
            let pixels = whole[0] * whole[1];
            let mut salvaged = Samples {
                width: whole[0],
                height: whole[1],
                bands: bands.len(),
                values: vec![f32::NAN; pixels * bands.len()],
                valid: vec![false; pixels],
            };
            let mut any = false;
            for (offset, size) in quarters([0, 0], size) {
                any |= salvage(&mut salvaged, offset, size, &|offset, size| {
                    part([first[0] + offset[0], first[1] + offset[1]], size)
                });
            }
            if !any {
                return Err(error);
            }
            (salvaged, Some(message))
        }
    };
    let texels = pack(&samples, are_bytes(&scene.handle(), key.bands));
    Ok(Tile { size: size.map(|texels| texels as u32), first, texels, damage })
}

/// Reads what can be read of a part, smaller and smaller, into `whole`. Whether there was any.
fn salvage(
    whole: &mut Samples,
    offset: [u64; 2],
    size: [u64; 2],
    read: &dyn Fn([u64; 2], [u64; 2]) -> Result<Samples>,
) -> bool {
    if size[0] == 0 || size[1] == 0 {
        return false;
    }
    match read(offset, size) {
        Ok(part) => {
            let pixels = whole.width * whole.height;
            for row in 0..part.height {
                let to = (offset[1] as usize + row) * whole.width + offset[0] as usize;
                let from = row * part.width;
                whole.valid[to..to + part.width].copy_from_slice(&part.valid[from..from + part.width]);
                for band in 0..part.bands {
                    let values = &part.band(band)[from..from + part.width];
                    whole.values[band * pixels + to..band * pixels + to + part.width].copy_from_slice(values);
                }
            }
            true
        }
        Err(_) if size[0].max(size[1]) <= SMALLEST_PART => false,
        Err(_) => {
            let mut any = false;
            for (offset, size) in quarters(offset, size) {
                any |= salvage(whole, offset, size, read);
            }
            any
        }
    }
}

fn quarters(offset: [u64; 2], size: [u64; 2]) -> [([u64; 2], [u64; 2]); 4] {
    let half = size.map(|texels| texels.div_ceil(2));
    [[0, 0], [1, 0], [0, 1], [1, 1]].map(|which| {
        let offset = [0, 1].map(|axis| offset[axis] + which[axis] * half[axis]);
        let size = [0, 1].map(|axis| if which[axis] == 0 { half[axis] } else { size[axis] - half[axis] });
        (offset, size)
    })
}

fn pack(samples: &Samples, as_bytes: bool) -> Texels {
    let pixels = samples.width * samples.height;
    let planes: Vec<&[f32]> = (0..samples.bands).map(|band| samples.band(band)).collect();
    if as_bytes {
        let mut bytes = Vec::with_capacity(pixels * (samples.bands + 1));
        for (i, valid) in samples.valid.iter().enumerate() {
            // NaN becomes 0.
            bytes.extend(planes.iter().map(|plane| plane[i].round() as u8));
            bytes.push(if *valid { 255 } else { 0 });
        }
        return Texels::Bytes(bytes);
    }
    let mut floats = Vec::with_capacity(pixels * (samples.bands + 1));
    for (i, valid) in samples.valid.iter().enumerate() {
        floats.extend(planes.iter().map(|plane| if plane[i].is_nan() { NO_VALUE } else { plane[i] }));
        floats.push(f32::from(u8::from(*valid)));
    }
    Texels::Floats(floats)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn what_can_be_read_around_a_damaged_texel_is_kept() {
        let mut whole =
            Samples { width: 100, height: 70, bands: 1, values: vec![f32::NAN; 7000], valid: vec![false; 7000] };
        let any = salvage(&mut whole, [0, 0], [100, 70], &|[x, y], [width, height]| {
            if (x..x + width).contains(&3) && (y..y + height).contains(&4) {
                return Err(Error::new("cannot read", "it is damaged", ""));
            }
            let pixels = (width * height) as usize;
            let values = vec![1.0; pixels];
            Ok(Samples { width: width as usize, height: height as usize, bands: 1, values, valid: vec![true; pixels] })
        });
        assert!(any && !whole.valid[4 * 100 + 3] && whole.valid[69 * 100 + 99] && whole.valid[40]);
        let lost = whole.valid.iter().filter(|valid| !**valid).count();
        assert!(lost <= 32 * 32, "{lost}");
    }

    #[test]
    fn quarters_fill_the_whole() {
        for size in [[1, 1], [5, 4], [33, 100]] {
            let sum: u64 = quarters([7, 9], size).iter().map(|(_, size)| size[0] * size[1]).sum();
            assert_eq!(sum, size[0] * size[1]);
        }
    }
}
