package dev.assay.engine.diagnosis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.engine.judge.ReferenceValues;
import dev.assay.engine.run.CaseInputs;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Inputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Faults that no simulated chip has, planted in right outputs: each is named as what it is, or not at all.
class PlantedFaultsTest {
    /// What a fault does to the values of an output, given in row-major order and not yet rounded.
    private interface Fault {
        void change(double[] values, Inputs inputs);
    }

    private static Call matmul(DType type, long m, long n, long k) {
        return new CallBuilder(Operators.named("matmul", "test"), "test")
                .input("A", TensorSpec.of(type, m, k))
                .input("B", TensorSpec.of(type, k, n))
                .build();
    }

    private static Call normalization(DType type, long rows, long length) {
        return new CallBuilder(Operators.named("layer_normalization", "test"), "test")
                .input("X", TensorSpec.of(type, rows, length))
                .input("Scale", TensorSpec.of(type, length))
                .input("B", TensorSpec.of(type, length))
                .build();
    }

    private static Call attention(DType type, boolean causal) {
        return new CallBuilder(Operators.named("attention", "test"), "test")
                .input("Q", TensorSpec.of(type, 2, 4, 33, 32))
                .input("K", TensorSpec.of(type, 2, 2, 33, 32))
                .input("V", TensorSpec.of(type, 2, 2, 33, 32))
                .attribute("is_causal", new Attribute.Int(causal ? 1 : 0))
                .build();
    }

    /// @param fill of the case
    /// @param probes further data sets
    private static Diagnosis diagnose(Call call, String fill, Fault fault, String... probes) {
        Operator operator = Operators.named(call.operator(), "test");
        try (Arena arena = Arena.ofShared()) {
            List<Evidence.Run> runs = new ArrayList<>(List.of(run(call, fill, "", fault, arena)));
            for (String probe : probes) {
                runs.add(run(call, probe, probe, fault, arena));
            }
            return Diagnosing.of(new Evidence(operator, call, ComputeContract.STRICT, runs));
        }
    }

    private static Evidence.Run run(Call call, String fill, String dataSet, Fault fault, Arena arena) {
        Operator operator = Operators.named(call.operator(), "test");
        Map<String, Tensor> inputs = CaseInputs.generate(operator, call, fill, "planted/" + fill, 7, arena);
        double[] values = ReferenceValues.of(operator.oracle(call, new Inputs(inputs), ComputeContract.STRICT));
        fault.change(values, new Inputs(inputs));
        Tensor output = Tensor.allocate(call.outputs().getFirst().spec().orElseThrow(), arena);
        output.encode(0, values.length, values, 0);
        Map<String, Tensor> outputs = new LinkedHashMap<>(Map.of("Y", output));
        return new Evidence.Run(dataSet, inputs, outputs, outputs, List.of(new Evidence.Objection("bound", "planted")));
    }

    /// The output of another call on the same inputs, as a fault.
    private static Fault insteadOf(Call other, UnaryOperator<Inputs> change) {
        return (values, inputs) -> {
            Operator operator = Operators.named(other.operator(), "test");
            double[] wrong = ReferenceValues.of(operator.oracle(other, change.apply(inputs), ComputeContract.STRICT));
            System.arraycopy(wrong, 0, values, 0, values.length);
        };
    }

    private static double term(Inputs inputs, long i, long j, long k) {
        Tensor a = inputs.get("A");
        Tensor b = inputs.get("B");
        return a.get(i * a.shape().dim(1) + k) * b.get(k * b.shape().dim(1) + j);
    }

    private static final Call PRODUCT = matmul(DType.F32, 60, 90, 150);

    @Test
    void termInTheMiddleIsMissed() {
        Diagnosis found = diagnose(PRODUCT, "normal", (y, in) -> {
            for (int n = 0; n < y.length; n++) {
                y[n] -= term(in, n / 90, n % 90, 77);
            }
        });
        assertEquals(Cause.TERMS_MISSING, found.cause(), found.sentence());
        assertTrue(found.sentence().contains("k = 77"), found.sentence());
    }

    @Test
    void sliceOfTermsIsMissedInSomeColumnsOnly() {
        Diagnosis found = diagnose(PRODUCT, "normal", (y, in) -> {
            for (int n = 0; n < y.length; n++) {
                for (int k = 40; n % 90 >= 64 && k < 80; k++) {
                    y[n] -= term(in, n / 90, n % 90, k);
                }
            }
        });
        assertEquals(Cause.TERMS_MISSING, found.cause(), found.sentence());
        assertTrue(found.sentence().contains("terms 40..79"), found.sentence());
        assertTrue(found.sentence().contains("columns 64..89"), found.sentence());
    }

    @Test
    void firstTermCountedThreeTimesIsRepeated() {
        Diagnosis found = diagnose(PRODUCT, "normal", (y, in) -> {
            for (int n = 0; n < y.length; n++) {
                y[n] += 2 * term(in, n / 90, n % 90, 0);
            }
        });
        assertEquals(Cause.TERMS_REPEATED, found.cause(), found.sentence());
        assertTrue(found.sentence().contains("3 times"), found.sentence());
    }

    @Test
    void shiftedRowsAreMisplaced() {
        Diagnosis found = diagnose(PRODUCT, "normal", (y, in) -> {
            double[] right = y.clone();
            System.arraycopy(right, 0, y, 90, y.length - 90);
        });
        assertEquals(Cause.MISPLACED, found.cause(), found.sentence());
    }

    @Test
    void reversedColumnsAreMisplaced() {
        Diagnosis found = diagnose(PRODUCT, "normal", (y, in) -> {
            double[] right = y.clone();
            for (int n = 0; n < y.length; n++) {
                y[n] = right[n / 90 * 90 + 89 - n % 90];
            }
        });
        assertEquals(Cause.MISPLACED, found.cause(), found.sentence());
    }

    @Test
    void factorIsNamed() {
        Diagnosis found = diagnose(PRODUCT, "normal", (y, in) -> {
            for (int n = 0; n < y.length; n++) {
                y[n] *= Math.log(2);
            }
        });
        assertEquals(Cause.SCALE, found.cause(), found.sentence());
        assertTrue(found.sentence().contains("ln 2"), found.sentence());
    }

    @Test
    void summandIsNamed() {
        Diagnosis found = diagnose(PRODUCT, "normal", (y, in) -> {
            for (int n = 0; n < y.length; n++) {
                y[n] += 0.25;
            }
        });
        assertEquals(Cause.OFFSET, found.cause(), found.sentence());
    }

    @Test
    void cutOffIsTruncation() {
        Diagnosis found = diagnose(matmul(DType.BF16, 60, 90, 150), "normal", (y, in) -> {
            for (int n = 0; n < y.length; n++) {
                double rounded = DType.BF16.round(y[n]);
                y[n] = Math.abs(rounded) > Math.abs(y[n])
                        ? rounded - Math.copySign(DType.BF16.ulp(y[n]), y[n])
                        : rounded;
            }
        });
        assertEquals(Cause.TRUNCATION, found.cause(), found.sentence());
    }

    @Test
    void rightOperandInF16IsNarrow() {
        Diagnosis found = diagnose(PRODUCT, "normal", (y, in) -> {
            for (int n = 0; n < y.length; n++) {
                y[n] = 0;
                for (int k = 0; k < 150; k++) {
                    double b = in.get("B").get(k * 90L + n % 90);
                    y[n] += in.get("A").get(n / 90 * 150L + k) * DType.F16.round(b);
                }
            }
        });
        assertEquals(Cause.NARROW_INPUTS, found.cause(), found.sentence());
        assertTrue(found.sentence().contains("B is read rounded to f16"), found.sentence());
    }

    @Test
    void fewInvertedBitsAreSporadic() {
        Diagnosis found = diagnose(PRODUCT, "normal", (y, in) -> {
            for (int n = 131; n < y.length; n += 1297) {
                y[n] = -4 * y[n];
            }
        });
        assertEquals(Cause.SPORADIC, found.cause(), found.sentence());
    }

    @Test
    void noiseIsUnknown() {
        Diagnosis found = diagnose(PRODUCT, "normal", (y, in) -> {
            Random random = new Random(5);
            for (int n = 0; n < y.length; n++) {
                y[n] += 3 * random.nextGaussian();
            }
        });
        assertEquals(Cause.UNKNOWN, found.cause(), found.sentence());
    }

    @Test
    void unrelatedProductIsUnknown() {
        Diagnosis found = diagnose(PRODUCT, "normal", (y, in) -> {
            for (int n = 0; n < y.length; n++) {
                y[n] = Math.abs(y[n]) + Math.sin(n) * y[(n + 1) % y.length];
            }
        });
        assertEquals(Cause.UNKNOWN, found.cause(), found.sentence());
    }

    @Test
    void varianceOfThePaddedRowIsAFormula() {
        Diagnosis found = diagnose(
                normalization(DType.F32, 40, 90),
                "normal",
                (y, in) -> rows(y, in, 90, x -> {
                    double mean = Arrays.stream(x).average().orElseThrow();
                    double squares =
                            Arrays.stream(x).map(v -> (v - mean) * (v - mean)).sum();
                    return new double[] {mean, 1 / Math.sqrt(squares / 96 + 1e-5)};
                }));
        assertEquals(Cause.VARIANCE_FORMULA, found.cause(), found.sentence());
    }

    @Test
    void epsilonOfAnotherSizeIsNamed() {
        Diagnosis found = diagnose(
                normalization(DType.F32, 40, 90),
                "tiny-variance",
                (y, in) -> rows(y, in, 90, x -> {
                    double mean = Arrays.stream(x).average().orElseThrow();
                    double squares =
                            Arrays.stream(x).map(v -> (v - mean) * (v - mean)).sum();
                    return new double[] {mean, 1 / Math.sqrt(squares / 90 + 1e-12)};
                }));
        assertEquals(Cause.EPSILON, found.cause(), found.sentence());
    }

    @Test
    void statisticsWithoutTheLastFiveLackTerms() {
        Diagnosis found = diagnose(
                normalization(DType.F32, 40, 90),
                "normal",
                (y, in) -> rows(y, in, 90, x -> {
                    double[] part = Arrays.copyOf(x, 85);
                    double mean = Arrays.stream(part).average().orElseThrow();
                    double squares = Arrays.stream(part)
                            .map(v -> (v - mean) * (v - mean))
                            .sum();
                    return new double[] {mean, 1 / Math.sqrt(squares / 85 + 1e-5)};
                }));
        assertEquals(Cause.TERMS_MISSING, found.cause(), found.sentence());
        assertTrue(found.sentence().contains("last 5"), found.sentence());
    }

    private interface Statistics {
        double[] of(double[] x);
    }

    private static void rows(double[] y, Inputs inputs, int length, Statistics statistics) {
        double[] x = new double[length];
        for (int at = 0; at < y.length; at += length) {
            inputs.get("X").decode(at, length, x, 0);
            double[] found = statistics.of(x);
            for (int k = 0; k < length; k++) {
                y[at + k] = (x[k] - found[0]) * found[1] * inputs.get("Scale").get(k)
                        + inputs.get("B").get(k);
            }
        }
    }

    @Test
    void scaleOfTheHiddenSizeIsAScale() {
        Call call = attention(DType.F32, false);
        Call wrong = new CallBuilder(Operators.named("attention", "test"), "test")
                .input("Q", TensorSpec.of(DType.F32, 2, 4, 33, 32))
                .input("K", TensorSpec.of(DType.F32, 2, 2, 33, 32))
                .input("V", TensorSpec.of(DType.F32, 2, 2, 33, 32))
                .attribute("scale", new Attribute.Real(1 / Math.sqrt(128)))
                .build();
        Diagnosis found = diagnose(call, "normal", insteadOf(wrong, in -> in));
        assertEquals(Cause.SCALE, found.cause(), found.sentence());
    }

    @Test
    void ignoredCausalityIsAMask() {
        Diagnosis found =
                diagnose(attention(DType.BF16, true), "normal", insteadOf(attention(DType.BF16, false), in -> in));
        assertEquals(Cause.MASK, found.cause(), found.sentence());
        assertTrue(found.sentence().contains("ignored"), found.sentence());
    }

    @Test
    void exchangedKeyHeadsAreAHeadMapping() {
        Call call = attention(DType.F32, true);
        Diagnosis found = diagnose(call, "normal", insteadOf(call, in -> {
            Map<String, Tensor> changed = new LinkedHashMap<>(Map.of("Q", in.get("Q")));
            for (String name : List.of("K", "V")) {
                Tensor tensor = in.get(name);
                Tensor other = Tensor.allocate(tensor.spec(), Arena.ofAuto());
                long block = 33 * 32;
                for (long n = 0; n < tensor.shape().elements(); n++) {
                    other.set(n, tensor.get((n / block ^ 1) * block + n % block));
                }
                changed.put(name, other);
            }
            return new Inputs(changed);
        }));
        assertEquals(Cause.HEAD_MAPPING, found.cause(), found.sentence());
    }

    @Test
    void rowsMovedInARingAreMisplaced() {
        Diagnosis found = diagnose(PRODUCT, "normal", (y, in) -> {
            double[] right = y.clone();
            for (int row = 10; row < 30; row++) {
                int from = row == 10 ? 29 : row - 1;
                System.arraycopy(right, from * 90, y, row * 90, 90);
            }
        });
        assertEquals(Cause.MISPLACED, found.cause(), found.sentence());
        assertTrue(found.sentence().contains("rows 10..29"), found.sentence());
    }

    @Test
    void blocksOfColumnsStoredOneAfterTheOtherAreMisplaced() {
        Diagnosis found = diagnose(PRODUCT, "normal", (y, in) -> {
            double[] right = y.clone();
            for (int n = 0; n < y.length; n++) {
                int row = n / 90;
                int column = n % 90;
                y[column / 15 * 60 * 15 + row * 15 + column % 15] = right[n];
            }
        });
        assertEquals(Cause.MISPLACED, found.cause(), found.sentence());
        assertTrue(found.sentence().contains("6 blocks"), found.sentence());
    }

    private static Fault sums(int columns, int depth, ToDoubleFunction<double[]> sum) {
        return (y, in) -> {
            double[] terms = new double[depth];
            for (int n = 0; n < y.length; n++) {
                for (int k = 0; k < depth; k++) {
                    terms[k] = term(in, n / columns, n % columns, k);
                }
                y[n] = sum.applyAsDouble(terms);
            }
        };
    }

    @Test
    void partsDealtInTurnAndStoredInF16AreNarrowPartials() {
        Diagnosis found = diagnose(PRODUCT, "normal", sums(90, 150, terms -> {
            double[] parts = new double[8];
            for (int k = 0; k < terms.length; k++) {
                parts[k % 8] += terms[k];
            }
            return Arrays.stream(parts).map(DType.F16::round).sum();
        }));
        assertEquals(Cause.NARROW_PARTIALS, found.cause(), found.sentence());
    }

    @Test
    void blocksAddedInBf16AreANarrowAccumulatorBehindF16Too() {
        Diagnosis found = diagnose(matmul(DType.F16, 60, 90, 150), "normal", sums(90, 150, terms -> {
            double sum = 0;
            for (int from = 0; from < terms.length; from += 16) {
                double block = 0;
                for (int k = from; k < Math.min(terms.length, from + 16); k++) {
                    block += terms[k];
                }
                sum = DType.BF16.round(sum + block);
            }
            return sum;
        }));
        assertEquals(Cause.NARROW_ACCUMULATOR, found.cause(), found.sentence());
    }

    @Test
    void termsCutOffBelowTheLargestAreANarrowAccumulator() {
        Diagnosis found = diagnose(matmul(DType.BF16, 60, 90, 150), "normal", sums(90, 150, terms -> {
            double sum = 0;
            for (int from = 0; from < terms.length; from += 8) {
                double[] block = Arrays.copyOfRange(terms, from, Math.min(terms.length, from + 8));
                double largest = Arrays.stream(block).map(Math::abs).max().orElseThrow();
                double unit = Math.scalb(1.0, Math.getExponent(Math.max(Math.abs(sum), largest)) - 11);
                sum = ((long) (sum / unit)) * unit;
                for (double term : block) {
                    sum += ((long) (term / unit)) * unit;
                }
            }
            return sum;
        }));
        assertEquals(Cause.NARROW_ACCUMULATOR, found.cause(), found.sentence());
        assertTrue(found.sentence().contains("8 terms at a time"), found.sentence());
    }

    @Test
    void resultsRoundedToTenBitsFirstAreRoundedTwice() {
        Diagnosis found = diagnose(matmul(DType.BF16, 60, 90, 150), "normal", (y, in) -> {
            for (int n = 0; n < y.length; n++) {
                y[n] = RoundingCause.toBits(y[n], 10);
            }
        });
        assertEquals(Cause.DOUBLE_ROUNDING, found.cause(), found.sentence());
    }

    @Test
    void lossesInAFewResultsAreNoNarrowSum() {
        Diagnosis found = diagnose(matmul(DType.BF16, 60, 90, 150), "normal", (y, in) -> {
            for (int n = 17; n < y.length; n += 67) {
                y[n] *= 0.6 + n % 7 * 0.05;
            }
        });
        assertEquals(Cause.SPORADIC, found.cause(), found.sentence());
    }

    private static double mean(double[] x) {
        return Arrays.stream(x).average().orElseThrow();
    }

    private static double variance(double[] x, ToDoubleFunction<double[]> sum) {
        double mean = mean(x);
        return sum.applyAsDouble(
                Arrays.stream(x).map(v -> (v - mean) * (v - mean)).toArray());
    }

    private static double exact(double[] terms) {
        return Arrays.stream(terms).sum();
    }

    @Test
    void varianceOfOneRowIsNamedByItsProbes() {
        Fault fault = (y, in) -> rows(y, in, 515, x ->
                new double[] {mean(x), 1 / Math.sqrt(variance(x, PlantedFaultsTest::exact) / 514 + 1e-5)});
        Diagnosis found = diagnose(
                normalization(DType.F16, 1, 515), "normal", fault, "lognormal", "large-mean(30)", "tiny-variance");
        assertEquals(Cause.VARIANCE_FORMULA, found.cause(), found.sentence());
        assertTrue(found.sentence().contains("n - 1"), found.sentence());
    }

    @Test
    void squaresAddedInATreeOfBf16AreANarrowAccumulator() {
        Diagnosis found = diagnose(
                normalization(DType.F32, 40, 96),
                "normal",
                (y, in) -> rows(y, in, 96, x -> {
                    double squares = variance(x, terms -> {
                        double[] level = terms;
                        while (level.length > 1) {
                            double[] next = new double[(level.length + 1) / 2];
                            for (int k = 0; k < level.length; k++) {
                                next[k / 2] = DType.BF16.round(next[k / 2] + level[k]);
                            }
                            level = next;
                        }
                        return level[0];
                    });
                    return new double[] {mean(x), 1 / Math.sqrt(squares / 96 + 1e-5)};
                }));
        assertEquals(Cause.NARROW_ACCUMULATOR, found.cause(), found.sentence());
    }

    @Test
    void partsOfARowStoredInF16AreNarrowPartials() {
        ToDoubleFunction<double[]> split = terms -> {
            double sum = 0;
            for (int part = 0; part < 8; part++) {
                sum += DType.F16.round(exact(Arrays.copyOfRange(terms, part * 12, part * 12 + 12)));
            }
            return sum;
        };
        Diagnosis found = diagnose(
                normalization(DType.F32, 40, 96),
                "normal",
                (y, in) -> rows(y, in, 96, x -> {
                    double mean = split.applyAsDouble(x) / 96;
                    double squares = split.applyAsDouble(
                            Arrays.stream(x).map(v -> (v - mean) * (v - mean)).toArray());
                    return new double[] {mean, 1 / Math.sqrt(squares / 96 + 1e-5)};
                }));
        assertEquals(Cause.NARROW_PARTIALS, found.cause(), found.sentence());
    }

    @Test
    void meanAloneInBf16IsAnIntermediate() {
        Diagnosis found = diagnose(
                normalization(DType.F16, 40, 96),
                "normal",
                (y, in) -> rows(y, in, 96, x -> new double[] {
                    DType.BF16.round(mean(x)), 1 / Math.sqrt(variance(x, PlantedFaultsTest::exact) / 96 + 1e-5)
                }));
        assertEquals(Cause.NARROW_INTERMEDIATE, found.cause(), found.sentence());
        assertTrue(found.sentence().contains("the mean is stored in bf16"), found.sentence());
    }

    @Test
    void inverseDeviationOfNineBitsIsARoughFunction() {
        Diagnosis found = diagnose(
                normalization(DType.BF16, 40, 96),
                "normal",
                (y, in) -> rows(y, in, 96, x -> new double[] {
                    mean(x), RoundingCause.toBits(1 / Math.sqrt(variance(x, PlantedFaultsTest::exact) / 96 + 1e-5), 9)
                }));
        assertEquals(Cause.ROUGH_FUNCTION, found.cause(), found.sentence());
    }

    @Test
    void differenceOfMeansIsNamedByRowsFarFromZero() {
        Fault fault = (y, in) -> rows(y, in, 96, x -> {
            float sum = 0;
            float squares = 0;
            for (double v : x) {
                sum += (float) v;
                squares += (float) v * (float) v;
            }
            float mean = sum / 96;
            return new double[] {mean(x), 1 / Math.sqrt(Math.max(0, squares / 96 - mean * mean) + 1e-5)};
        });
        Diagnosis found = diagnose(normalization(DType.F32, 40, 96), "normal", fault, "large-mean(300)");
        assertEquals(Cause.VARIANCE_FORMULA, found.cause(), found.sentence());
    }
}
