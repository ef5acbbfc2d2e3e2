package dev.assay.baselines.simulated.late;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.Deviations.Kind;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Deviation;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// Base of the bugs that begin after some launches of a prepared kernel.
abstract class LateFault implements Deviation {
    private final String id;
    private final String what;
    private final String operator;

    LateFault(String id, String what, String operator) {
        this.id = id;
        this.what = what;
        this.operator = operator;
    }

    /// A launch that may be spoilt.
    ///
    /// @param number of the launch, from 1
    abstract void launch(long number, Call call, Arithmetic arithmetic, SharedKernel plain, Arguments arguments);

    @Override
    public final SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        AtomicLong launches = new AtomicLong();
        return arguments -> launch(launches.incrementAndGet(), call, arithmetic, plain, arguments);
    }

    @Override
    public final String id() {
        return id;
    }

    @Override
    public final Kind kind() {
        return Kind.FAULT;
    }

    @Override
    public final List<String> operators() {
        return List.of(operator);
    }

    @Override
    public final List<String> layers() {
        return List.of();
    }

    @Override
    public final String catalogue() {
        return "";
    }

    @Override
    public final List<String> diagnoses() {
        return List.of();
    }

    @Override
    public final ComputeContract contract(Call call, ComputeContract declared) {
        return declared;
    }

    @Override
    public final String what() {
        return what;
    }
}
