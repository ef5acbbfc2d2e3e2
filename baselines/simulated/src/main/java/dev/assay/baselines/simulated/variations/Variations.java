package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.simulated.Deviation;
import java.util.List;

/// All variations; a test holds that every class of this package is here.
public final class Variations {
    public static final List<Deviation> ALL = List.of(
            new DescendingK(),
            new PairwiseSum(),
            new Lanes16(),
            new SplitK4(),
            new SumInBlocks(),
            new MulThenAdd(),
            new WideAccumulator(),
            new KeyTile16(),
            new TwoPassSoftmax(),
            new LazyRescale(),
            new Exp2(),
            new SumOfRounded(),
            new PairwiseScores(),
            new Welford(),
            new WeightFirst());

    private Variations() {}
}
