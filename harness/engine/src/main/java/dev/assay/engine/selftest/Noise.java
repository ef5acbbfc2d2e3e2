package dev.assay.engine.selftest;

import dev.assay.backend.Call.Operand;
import dev.assay.engine.selftest.Notes.Run;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Operators;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.Relation;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Measures changes against what a right kernel may be off by.
///
/// The unit of legal noise of an element is the larger of one ulp of the output and `σ + D`, the scale
/// of the random error and the bound of the deterministic one that the contract allows before the final
/// rounding. It is a scale, not a bound: the judge's bound is λ times as wide in σ. A change of a few
/// units can hide among legal roundings whatever the judge does; one of many cannot.
final class Noise {
    private final Map<String, List<double[]>> units = new HashMap<>();

    /// From a run of the plain device to the same run of a mutant.
    Change between(Run plain, Run mutant) {
        if (plain.sameAs(mutant)) {
            return Change.NONE;
        }
        List<double[]> scales = units.computeIfAbsent(plain.question(), asked -> units(plain));
        long changed = 0;
        double ulps = 0;
        double noise = 0;
        int output = 0;
        for (Map.Entry<String, Tensor> entry : plain.outputs().entrySet()) {
            Tensor was = entry.getValue();
            Tensor is = output(mutant, entry.getKey());
            double[] scale = scales.get(output++);
            for (int i = 0; i < scale.length; i++) {
                if (was.codeAt(was.position(i)) == is.codeAt(is.position(i))) {
                    continue;
                }
                changed++;
                double difference = difference(was.get(i), is.get(i));
                ulps = Math.max(ulps, difference / was.dtype().ulp(was.get(i)));
                noise = Math.max(noise, Double.isInfinite(scale[i]) ? 0 : difference / scale[i]);
            }
        }
        return new Change(changed, ulps, Math.max(noise, related(plain, mutant)));
    }

    /// How far what the outputs come to together has moved.
    private static double related(Run plain, Run mutant) {
        List<Operand> outputs = plain.call().outputs();
        double noise = 0;
        for (Relation relation : oracle(plain).relations()) {
            Relation.Sides were =
                    relation.sides(other -> output(plain, outputs.get(other).name()));
            Relation.Sides are =
                    relation.sides(other -> output(mutant, outputs.get(other).name()));
            ExpectedBlock block = new ExpectedBlock();
            block.reset(1);
            for (long number = 0; number < relation.shape().elements(); number++) {
                were.expect(number, block, 0);
                double scale = unit(relation.dtype(), block, 0);
                noise = Math.max(noise, difference(were.actual(number), are.actual(number)) / scale);
            }
        }
        return noise;
    }

    private static Oracle oracle(Run run) {
        return Operators.named(run.call().operator(), "selftest")
                .oracle(run.call(), new Inputs(run.inputs()), run.contract());
    }

    private static Tensor output(Run run, String name) {
        Tensor tensor = run.outputs().get(name);
        if (tensor == null) {
            throw new IllegalStateException("the mutant has no output " + name);
        }
        return tensor;
    }

    /// Zero for values that are equal, NaN and NaN included; infinite where one of them is not finite.
    private static double difference(double was, double is) {
        if (was == is || (Double.isNaN(was) && Double.isNaN(is))) {
            return 0;
        }
        double difference = Math.abs(is - was);
        return Double.isFinite(difference) ? difference : Double.POSITIVE_INFINITY;
    }

    private static List<double[]> units(Run run) {
        Oracle oracle = oracle(run);
        List<double[]> units = new ArrayList<>();
        List<Operand> outputs = run.call().outputs();
        for (int position = 0; position < outputs.size(); position++) {
            if (outputs.get(position).spec().isPresent()) {
                units.add(units(oracle, position, run, outputs));
            }
        }
        return units;
    }

    private static double[] units(Oracle oracle, int position, Run run, List<Operand> outputs) {
        Tensor output = output(run, outputs.get(position).name());
        DType dtype = output.dtype();
        double[] units = new double[Math.toIntExact(output.shape().elements())];
        ExpectedBlock block = new ExpectedBlock();
        for (Region region : oracle.regions(position)) {
            block.reset(region);
            oracle.expect(
                    position, region, other -> output(run, outputs.get(other).name()), block);
            for (int i = 0; i < block.elements(); i++) {
                int at = Math.toIntExact(region.number(output.shape(), i));
                units[at] = unit(dtype, block, i);
            }
        }
        return units;
    }

    /// Infinite where any change is legal: the semantics leave the element open, or the error has no
    /// bound. Where only NaN or an infinity is right, every other value is a change.
    private static double unit(DType dtype, ExpectedBlock block, int i) {
        double value = block.values()[i];
        if ((block.flags()[i] & (ExpectedBlock.ANY | ExpectedBlock.OR_NOT_FINITE)) != 0) {
            return Double.POSITIVE_INFINITY;
        }
        if (!Double.isFinite(value)) {
            return dtype.ulp(1);
        }
        double error = block.sigmas()[i] + block.deterministic()[i];
        return Double.isFinite(error) ? Math.max(dtype.ulp(value), error) : Double.POSITIVE_INFINITY;
    }
}
