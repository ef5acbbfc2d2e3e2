package dev.assay.baselines.simulated;

import dev.assay.backend.Deviations.Kind;
import java.util.List;

/// Base of the faults.
public abstract class Fault implements Deviation {
    private final String id;
    private final List<String> operators;
    private final String layer;
    private final String what;

    /// The operators are given last because most faults have one.
    protected Fault(String id, String layer, String what, String... operators) {
        this.id = id;
        this.layer = layer;
        this.what = what;
        this.operators = List.of(operators);
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
        return operators;
    }

    @Override
    public final String layer() {
        return layer;
    }

    @Override
    public final String what() {
        return what;
    }
}
