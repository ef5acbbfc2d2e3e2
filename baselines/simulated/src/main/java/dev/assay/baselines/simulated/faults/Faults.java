package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Deviation;
import java.util.List;

/// All faults; a test holds that every class of this package is here.
public final class Faults {
    public static final List<Deviation> ALL = List.of(
            new AccBf16(),
            new AccF16(),
            new DropKTail(),
            new RepeatLastK(),
            new SkipNTail(),
            new SwapColumnTiles(),
            new SilentTf32(),
            new Bf16Inputs(),
            new SplitKBf16(),
            new TruncateOutput(),
            new IgnoreStrides(),
            new NoLaunch(),
            new WritePastEnd(),
            new WriteBeforeStart(),
            new MutateInput(),
            new CausalLeak(),
            new CausalDropsDiagonal(),
            new WrongScale(),
            new NoRescale(),
            new WrongKvHead(),
            new ScoresBf16(),
            new EmptyRowNan(),
            new NaiveVariance(),
            new UnbiasedVariance(),
            new EpsilonOutside(),
            new StatisticsBf16(),
            new SkipRowTail());

    private Faults() {}
}
