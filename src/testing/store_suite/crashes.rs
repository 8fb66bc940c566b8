//! What is left of a store whose process ends without a word.

use alloc::format;

use super::ask::now;
use super::calls::same;
use super::model::{Model, Played, Step, Write, loaded, message, random_script, script};
use super::{Outcome, StoreMaker};
use crate::engine::Store;
use crate::testing::Random;

pub(super) fn at_each_point<M: StoreMaker>(maker: &mut M) -> Outcome {
    let steps = script();
    for end in 0..=steps.len() {
        let played = steps.get(..end).unwrap_or(&steps);
        crash_behind(maker, played).map_err(|text| format!("crash behind step {end}: {text}"))?;
    }
    Ok(())
}

pub(super) fn in_random_scripts<M: StoreMaker>(maker: &mut M) -> Outcome {
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let steps = random_script(&mut random);
        let end = random.below(41);
        let played = steps.get(..end).unwrap_or(&steps);
        crash_behind(maker, played).map_err(|text| format!("script {seed}: {text}"))?;
    }
    Ok(())
}

/// Plays some steps, crashes, and looks whether what is left may be and works.
fn crash_behind<M: StoreMaker>(maker: &mut M, steps: &[Step]) -> Outcome {
    let mut store = loaded(maker)?;
    let mut played = Played::new(Model::FRESH);
    for (at, step) in steps.iter().enumerate() {
        let done = played.step(step, &mut store, &mut |store| maker.wait(store))?;
        done.map_err(|error| format!("step {at}, {step:?}: {error:?}"))?;
    }
    let Some(store) = maker.crash(store) else { return Ok(()) };
    goes_on(maker, store, &played)
}

/// Whether what is left may be, works, and survives another crash.
pub(super) fn goes_on<M: StoreMaker>(
    maker: &mut M,
    mut store: M::Store,
    played: &Played,
) -> Outcome {
    let mut model = Model::of(&mut store)?;
    played.may_be(&model)?;
    let number = model.next_out().get();
    let next = Write::Append(number, message(number, 33));
    model.write(&mut store, &next).map_err(|error| format!("goes on: {error:?}"))?;
    now(store.sync(None)).map_err(|error| format!("goes on: {error:?}"))?;
    let Some(mut store) = maker.crash(store) else { return Ok(()) };
    same(&mut store, &model, "a second crash, behind a commit")
}
