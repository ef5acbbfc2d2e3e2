package dev.assay.engine.scorecard;

import java.util.List;

/// Every criterion that a scorecard asks, in the order of its rows.
public final class Criteria {
    /// Of frameworks first, then of chip vendors and their ecosystems.
    public static final List<Criterion> ALL = List.of(
            AllClose.TORCH,
            AllClose.ONNX,
            AllClose.JAX,
            AllClose.KERNEL_BENCH,
            AllClose.TRITON,
            new FlashAttention(),
            new Sdpa(),
            new TosaDotProduct(),
            new GgmlNmse(),
            CannDoubleBenchmark.L0,
            CannDoubleBenchmark.L1,
            CannDoubleBenchmark.L2,
            new CannCommunity(),
            new CannMixed(),
            new MsprobeThousandth(),
            new MsprobeThreshold(),
            new MsprobeUlp(),
            new MluOps(),
            new MluOpsExact(),
            new Tecorigin(),
            new Diopi());

    private Criteria() {}
}
