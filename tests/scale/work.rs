//! However the work is stopped, kept, shared out or damaged, the answer is the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use geo::Polygon;
use referent::error::Result;
use referent::job::Job;
use referent::query::{
    Answer, FeatureCache, Found, Glimpse, Journal, Keeping, Onlooker, Options, Resolution, Share, ask_keeping, hear,
    look_at_share, request,
};
use referent::raster::{Access, Scene};
use referent::text::Phrase;
use referent::vector::{Field, Size};

use crate::landscape::{Kind, Landscape, Object, Painted};
use crate::meant;

const PHRASE: &str = "the tanks near a building";

pub fn area_m2(found: &Found) -> f64 {
    match found.measure.size {
        Size::Metres { area_m2, .. } => area_m2,
        Size::Pixels { .. } => f64::NAN,
    }
}

/// 5 x 4 windows with objects on their borders, and a corner without any.
fn yard() -> Landscape {
    let mut objects = Vec::new();
    for place in 0..48 {
        let (column, row) = (f64::from(place % 8), f64::from(place / 8));
        let kind = if place % 3 == 0 { Kind::Building } else { Kind::Tank };
        objects.push(Object::block(kind, -900.0 + 190.0 * column, 740.0 - 200.0 * row, 50.0, 60.0));
    }
    Landscape::new([2000, 1600], objects)
}

fn run(scene: &Scene, network: &Painted, options: &Options, keeping: Keeping<'_>, job: &Job) -> Result<Answer> {
    ask_keeping(scene, &Phrase::parse(PHRASE).unwrap(), network, options, keeping, job)
}

fn plain(scene: &Scene) -> Answer {
    run(scene, &Painted::default(), &Options::default(), Keeping::default(), &Job::unwatched()).unwrap()
}

fn asked(scene: &Scene) -> String {
    request(scene, &Phrase::parse(PHRASE).unwrap(), &Painted::default(), &Options::default()).unwrap()
}

/// Everything of an answer that reaches a file.
#[track_caller]
fn assert_same(a: &Answer, b: &Answer) {
    let outlines = |answer: &Answer| -> Vec<(Polygon<f64>, f32, String)> {
        let one = |found: &Found| (found.outline.clone(), found.instance.score, found.instance.evidence.clone());
        answer.found.iter().map(one).collect()
    };
    assert!(!a.found.is_empty());
    assert_eq!(outlines(a), outlines(b));
    assert!(a.probability == b.probability, "probabilities differ");
}

#[test]
fn the_second_phrase_looks_at_no_view_and_answers_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let scene = yard().open(&folder.path().join("scene.tif"));
    let cache = FeatureCache::open(&folder.path().join("cache"), 1 << 30).unwrap();
    let keeping = Keeping { cache: Some(&cache), ..Keeping::default() };
    let (first, second) = (Painted::default(), Painted::default());
    let options = Options::default();
    let before = run(&scene, &first, &options, keeping, &Job::unwatched()).unwrap();
    let after = run(&scene, &second, &options, keeping, &Job::unwatched()).unwrap();
    assert_eq!((first.looked_at(), second.looked_at()), (20, 0));
    assert_eq!((before.report.from_cache, after.report.from_cache), (0, 20));
    assert_same(&before, &plain(&scene));
    assert_same(&after, &before);
    // Another stretch, another grid and another scene see something else.
    let other = Options { stretch: Some([1.0, 99.0]), ..Options::default() };
    assert_eq!(run(&scene, &second, &other, keeping, &Job::unwatched()).unwrap().report.from_cache, 0);
    let other = Options { resolution: Resolution::Metres(2.0), ..Options::default() };
    assert_eq!(run(&scene, &second, &other, keeping, &Job::unwatched()).unwrap().report.from_cache, 0);
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let list = |folder: &Path| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let mut entries: Vec<PathBuf> = list(folder).iter().flat_map(|shelf| list(shelf)).collect();
    entries.sort();
    entries
}

#[test]
fn damaged_and_foreign_entries_are_looked_at_again() {
    let folder = tempfile::tempdir().unwrap();
    let scene = yard().open(&folder.path().join("scene.tif"));
    let cache = FeatureCache::open(&folder.path().join("cache"), 1 << 30).unwrap();
    let keeping = Keeping { cache: Some(&cache), ..Keeping::default() };
    let ask = |network: &Painted| run(&scene, network, &Options::default(), keeping, &Job::unwatched()).unwrap();
    let before = ask(&Painted::default());
    let kept = entries(&folder.path().join("cache"));
    assert_eq!(kept.len(), 20);
    fs::write(&kept[0], "").unwrap();
    fs::write(&kept[1], &fs::read(&kept[2]).unwrap()[..1000]).unwrap();
    let mut flipped = fs::read(&kept[3]).unwrap();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    fs::write(&kept[3], flipped).unwrap();
    fs::remove_file(&kept[4]).unwrap();
    let network = Painted::default();
    let after = ask(&network);
    assert_eq!((network.looked_at(), after.report.from_cache), (4, 16));
    assert_same(&after, &before);
    let network = Painted::default();
    ask(&network);
    assert_eq!(network.looked_at(), 0, "they were kept anew");
}

#[test]
fn an_edited_scene_is_another_scene_though_its_size_and_time_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scene.tif");
    let landscape = yard();
    let scene = landscape.open(&path);
    let before = scene.identity().unwrap();
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    fs::copy(&path, folder.path().join("copy.tif")).unwrap();
    let copy = Scene::open(folder.path().join("copy.tif").to_str().unwrap(), Access::LocalOnly).unwrap();
    let copy = copy.identity().unwrap();
    assert_eq!(copy.content, before.content, "a copy has the same content");
    assert_ne!(copy.exact, before.exact, "and lies elsewhere");
    // One byte of the samples, with the time put back.
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.len() - 100;
    bytes[at] ^= 1;
    fs::write(&path, bytes).unwrap();
    fs::File::options().append(true).open(&path).unwrap().set_modified(modified).unwrap();
    let after = Scene::open(path.to_str().unwrap(), Access::LocalOnly).unwrap().identity().unwrap();
    assert!(after.content != before.content && after.exact != before.exact);
}

#[test]
fn an_edit_to_a_part_of_a_mosaic_of_mosaics_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    Landscape::new([100, 80], vec![Object::tank(0.0, 0.0, 30.0)]).paint(&folder.path().join("part.tif"));
    let vrt = |name: &str, source: &str| {
        let band = |number: usize| {
            format!(
                "<VRTRasterBand dataType=\"Byte\" band=\"{number}\"><SimpleSource><SourceFilename relativeToVRT=\"1\">{source}</SourceFilename>\
                 <SourceBand>{number}</SourceBand></SimpleSource></VRTRasterBand>"
            )
        };
        let bands: String = (1..=3).map(band).collect();
        fs::write(
            folder.path().join(name),
            format!("<VRTDataset rasterXSize=\"100\" rasterYSize=\"80\">{bands}</VRTDataset>"),
        )
        .unwrap();
    };
    vrt("inner.vrt", "part.tif");
    vrt("outer.vrt", "inner.vrt");
    let identity = || {
        let scene = Scene::open(folder.path().join("outer.vrt").to_str().unwrap(), Access::LocalOnly).unwrap();
        scene.identity().unwrap()
    };
    let before = identity();
    assert_eq!(identity(), before);
    Landscape::new([100, 80], vec![Object::tank(20.0, 0.0, 30.0)]).paint(&folder.path().join("part.tif"));
    assert_ne!(identity().content, before.content);
}

#[test]
fn a_run_that_was_stopped_goes_on_and_ends_as_one_that_was_not() {
    let folder = tempfile::tempdir().unwrap();
    let scene = yard().open(&folder.path().join("scene.tif"));
    let whole = plain(&scene);
    let path = folder.path().join("out.geojson.resume");
    let (options, mut total) = (Options::default(), 0);
    // Stopped again and again, after a few windows each time.
    for stop in [1, 3, 2, 5] {
        let job = Job::unwatched();
        let network = Painted { stop: Some((job.clone(), stop)), ..Painted::default() };
        let journal = Journal::go_on(&path, &[], &asked(&scene)).unwrap();
        let journal = journal.unwrap_or_else(|| Journal::begin(&path, &asked(&scene)));
        let keeping = Keeping { journal: Some(&journal), ..Keeping::default() };
        let answer = run(&scene, &network, &options, keeping, &job).unwrap();
        assert!(answer.report.cancelled);
        assert_eq!(answer.report.resumed as usize, total);
        total += network.looked_at();
        assert!(answer.notices.iter().any(|notice| notice.contains("stopped after")), "{:?}", answer.notices);
    }
    assert!((4..20).contains(&total), "{total}");
    let journal = Journal::go_on(&path, &[], &asked(&scene)).unwrap().unwrap();
    let keeping = Keeping { journal: Some(&journal), ..Keeping::default() };
    let network = Painted::default();
    let answer = run(&scene, &network, &options, keeping, &Job::unwatched()).unwrap();
    assert_eq!((answer.report.done, network.looked_at() + total), (20, 20), "no window is done twice or never");
    assert_same(&answer, &whole);
    journal.finish(&[]).unwrap();
    assert!(!path.exists());
}

#[test]
fn the_shares_of_several_machines_add_up_to_one_run_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let scene = yard().open(&folder.path().join("scene.tif"));
    let whole = plain(&scene);
    let phrase = Phrase::parse(PHRASE).unwrap();
    for (round, (count, order)) in
        [(1, vec![1]), (3, vec![2, 3, 1]), (7, vec![7, 1, 5, 3, 2, 6, 4])].into_iter().enumerate()
    {
        let share = |number: u64| folder.path().join(format!("{round}.shard-{number}-of-{count}"));
        for number in order {
            let journal = Journal::begin(&share(number), &asked(&scene));
            let share = Some(Share { number, count });
            let keeping = Keeping { journal: Some(&journal), share, cache: None };
            look_at_share(&scene, &phrase, &Painted::default(), &Options::default(), keeping, &Job::unwatched())
                .unwrap();
        }
        let shares: Vec<PathBuf> = (1..=count).map(share).collect();
        let journal = Journal::go_on(&folder.path().join("out.resume"), &shares, &asked(&scene)).unwrap().unwrap();
        let network = Painted::default();
        let keeping = Keeping { journal: Some(&journal), ..Keeping::default() };
        let answer = run(&scene, &network, &Options::default(), keeping, &Job::unwatched()).unwrap();
        assert_eq!((network.looked_at(), answer.report.done, answer.report.resumed), (0, 20, 20));
        assert_same(&answer, &whole);
        journal.finish(&shares).unwrap();
        assert!(shares.iter().all(|share| !share.exists()));
    }
}

#[test]
fn a_share_that_is_missing_is_done_by_who_puts_them_together() {
    let folder = tempfile::tempdir().unwrap();
    let scene = yard().open(&folder.path().join("scene.tif"));
    let path = folder.path().join("out.shard-2-of-4");
    let journal = Journal::begin(&path, &asked(&scene));
    let keeping = Keeping { journal: Some(&journal), share: Some(Share { number: 2, count: 4 }), cache: None };
    let phrase = Phrase::parse(PHRASE).unwrap();
    look_at_share(&scene, &phrase, &Painted::default(), &Options::default(), keeping, &Job::unwatched()).unwrap();
    let journal = Journal::go_on(&folder.path().join("out.resume"), &[path], &asked(&scene)).unwrap().unwrap();
    let network = Painted::default();
    let keeping = Keeping { journal: Some(&journal), ..Keeping::default() };
    let answer = run(&scene, &network, &Options::default(), keeping, &Job::unwatched()).unwrap();
    assert_eq!((network.looked_at(), answer.report.resumed), (15, 5));
    assert_same(&answer, &plain(&scene));
}

#[test]
fn a_coarse_look_first_passes_over_what_is_empty_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    // All objects in the upper left quarter.
    let objects = (0..6).map(|i| Object::tank(-850.0 + 60.0 * f64::from(i), 650.0, 40.0)).collect();
    let landscape = Landscape::new([2000, 1600], objects);
    let scene = landscape.open(&folder.path().join("scene.tif"));
    let options = Options { coarse_first: true, ..Options::default() };
    let phrase = Phrase::parse("the tanks").unwrap();
    let ask = |options: &Options, network: &Painted| {
        ask_keeping(&scene, &phrase, network, options, Keeping::default(), &Job::unwatched()).unwrap()
    };
    let (near, both) = (Painted::default(), Painted::default());
    let (all, some) = (ask(&Options::default(), &near), ask(&options, &both));
    assert_eq!(meant(&some, &landscape), [0, 1, 2, 3, 4, 5]);
    assert_same(&all, &some);
    assert_eq!((some.report.windows, some.report.coarse), (20, 2));
    assert!(some.report.passed_over > 10 && both.looked_at() < near.looked_at(), "{:?}", some.report);
    assert_eq!(some.report.done + some.report.passed_over, 20);
    assert!(some.notices.iter().any(|notice| notice.contains("passed over")), "{:?}", some.notices);
    assert_eq!(all.report.passed_over, 0);
}

#[test]
fn what_is_probably_not_there_is_not_shown_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let scene = yard().open(&folder.path().join("scene.tif"));
    let ask = |absent_below: f32| {
        let options = Options { absent_below: Some(absent_below), ..Options::default() };
        run(&scene, &Painted::default(), &options, Keeping::default(), &Job::unwatched())
    };
    // Where it paints something, the presence is 0.99.
    assert_same(&ask(0.5).unwrap(), &plain(&scene));
    assert!(ask(0.995).unwrap().found.is_empty());
    assert!(ask(1.5).unwrap_err().to_string().contains("not between 0 and 1"));
}

#[test]
fn windows_with_damaged_blocks_fail_alone() {
    // Tiles of 64 pixels, one of them overwritten or the last one cut off; at a tenth of its pixels the scene has six windows.
    let options = Options { resolution: Resolution::Metres(0.05), ..Options::default() };
    for (name, fails) in [("corrupt_tile.tif", false), ("truncated_tail.tif", true)] {
        let path = format!("{}/tests/fixtures/zoo/{name}", env!("CARGO_MANIFEST_DIR"));
        let scene = Scene::open(&path, Access::LocalOnly).unwrap();
        let answer = run(&scene, &Painted::default(), &options, Keeping::default(), &Job::unwatched()).unwrap();
        let report = &answer.report;
        assert_eq!((report.windows, report.seen()), (6, 6), "{name}");
        assert!(report.done > 0, "{name}: {report:?}");
        // DEFLATE decodes overwritten bytes to other pixels; only what cannot be decoded is known to be damaged.
        assert_eq!(report.failed > 0, fails, "{name}: {report:?}");
        if let Some(failure) = report.failures.first() {
            assert!(failure.reason.contains("decoded") && failure.reason.contains(name), "{failure:?}");
            let told = format!("{} of 6 windows failed and are missing", report.failed);
            assert!(answer.notices.iter().any(|notice| notice.contains(&told)), "{:?}", answer.notices);
        }
    }
}

#[test]
fn who_looks_on_sees_every_tile_of_the_answer_and_changes_none() {
    let folder = tempfile::tempdir().unwrap();
    let scene = yard().open(&folder.path().join("scene.tif"));
    let phrase = Phrase::parse(PHRASE).unwrap();
    let (network, options) = (Painted::default(), Options::default());
    let corner = [1500.0, 1200.0, 1900.0, 1500.0];
    let seen = Mutex::new((Vec::new(), BTreeMap::new()));
    let show = |glimpse: &Glimpse<'_>| {
        let mut seen = seen.lock().unwrap();
        for block in glimpse.blocks() {
            let mut values = vec![0.0; (block.width * block.height) as usize];
            for (y, row) in (block.y..).zip(values.chunks_exact_mut(block.width as usize)) {
                glimpse.read_row(block.x, y, row);
            }
            seen.0.push(block);
            seen.1.insert((block.y, block.x), values);
        }
    };
    let onlooker = Some(Onlooker { first: Some(corner), show: &show });
    let keeping = Keeping::default();
    let hearing = hear(&scene, &phrase, &network, &options, keeping, onlooker, &Job::unwatched()).unwrap();
    let answer = hearing.answer(&scene, &options).unwrap();
    assert_same(&answer, &plain(&scene));
    assert_eq!(answer.report.done, plain(&scene).report.done);

    let (order, tiles) = seen.into_inner().unwrap();
    let lattice = answer.lattice;
    let [right, bottom] = lattice.scene_from_lattice([order[0].x as f64 + 128.0, order[0].y as f64 + 128.0]);
    assert!(right > corner[0] - 480.0 && bottom > corner[1] - 480.0, "what is on the screen comes first: {order:?}");
    for block in answer.probability.blocks() {
        let values = &tiles[&(block.y, block.x)];
        let mut row = vec![0.0; block.width as usize];
        for (y, kept) in (block.y..).zip(values.chunks_exact(block.width as usize)) {
            answer.probability.read_row(block.x, y, &mut row);
            assert_eq!(row, kept, "row {y}");
        }
    }
}
