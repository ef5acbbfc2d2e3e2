package dev.assay.engine.judge;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Scaling;
import dev.assay.operator.Signature;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/// An operator with probes of a test's own.
record Delegate(Operator operator, List<Probe> ofTheTest) implements Operator {
    @Override
    public String name() {
        return operator.name();
    }

    @Override
    public About about() {
        return operator.about();
    }

    @Override
    public Signature signature() {
        return operator.signature();
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return operator.outputs(call);
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return operator.oracle(call, inputs, contract);
    }

    @Override
    public Cost cost(Call call) {
        return operator.cost(call);
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return ofTheTest;
    }

    @Override
    public List<Scaling> scalings(Call call) {
        return operator.scalings(call);
    }

    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        return operator.batchAxis(call);
    }
}
