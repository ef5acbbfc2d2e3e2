package dev.assay.engine.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.HostBackend;
import dev.assay.backend.Support;
import dev.assay.engine.diagnosis.Cause;
import dev.assay.engine.diagnosis.Diagnosis;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.results.Verdict;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Feeds the judge factors that are wrong together, and asks for the layer that must object and the
/// cause.
class JudgeRelationsTest {
    private final Arena arena = Arena.ofAuto();

    /// A backend that answers every call with these numbers.
    private static HostBackend answering(Map<String, double[]> outputs) {
        return new HostBackend(DeviceInfo.named("fixed answers")) {
            @Override
            public Support supports(Call call) {
                return Support.yes();
            }

            @Override
            protected void run(Call call, Arguments arguments) {
                outputs.forEach((name, values) -> {
                    Tensor tensor = arguments.output(name).tensor();
                    for (int i = 0; i < values.length; i++) {
                        tensor.set(i, values[i]);
                    }
                });
            }
        };
    }

    private Judgement judge(String name, Shape shape, double[] a, Map<String, double[]> outputs) {
        Operator operator = Operators.named(name, "test");
        Tensor matrix = Tensor.of(arena, DType.F64, shape, a);
        Call call = new CallBuilder(operator, "test").input("A", matrix.spec()).build();
        return Judge.judge(answering(outputs), operator, call, Map.of("A", matrix));
    }

    private Judgement cholesky(double... factor) {
        double[] a = {4, 2, 2, 2, 5, 3, 2, 3, 11};
        return judge("cholesky", Shape.of(3, 3), a, Map.of("L", factor));
    }

    private Judgement qr(double[] q, double[] r) {
        Map<String, double[]> outputs = new LinkedHashMap<>();
        outputs.put("Q", q);
        outputs.put("R", r);
        // Columns (3, 4, 0), (1, 2, 2).
        return judge("qr", Shape.of(3, 2), new double[] {3, 1, 4, 2, 0, 2}, outputs);
    }

    @Test
    void aWrongElementIsToldByItsPlaceInTheProduct() {
        Judgement judgement = cholesky(2, 0, 0, 1, 2, 0, 1, 1, 3.01);
        assertEquals(Verdict.FAIL, judgement.verdict());
        assertEquals(List.of("relation"), judgement.layers());
        assertTrue(judgement.reason().contains("worst L·Lᵀ[2,2]: expected 11, got 11.06"), judgement.reason());
        assertEquals(
                Cause.TERMS_MISSING, judgement.diagnosis().map(Diagnosis::cause).orElseThrow());
    }

    @Test
    void aFactorThatIsTransposedIsNamed() {
        Judgement judgement = cholesky(2, 1, 1, 0, 2, 1, 0, 0, 3);
        assertEquals(List.of("exact", "relation"), judgement.layers());
        assertEquals(
                Cause.MISPLACED, judgement.diagnosis().map(Diagnosis::cause).orElseThrow());
    }

    @Test
    void nanZerosAndNegativeDiagonalsAreNoFactors() {
        assertEquals("relation", cholesky(2, 0, 0, 1, 2, 0, Double.NaN, 1, 3).layer());
        assertEquals("exact", cholesky(0, 0, 0, 0, 0, 0, 0, 0, 0).layer());
        assertEquals("exact", cholesky(2, 0, 0, 1, -2, 0, 1, -1, 3).layer());
    }

    @Test
    void rightFactorsPassWhateverTheirSigns() {
        assertEquals(Verdict.PASS, cholesky(2, 0, 0, 1, 2, 0, 1, 1, 3).verdict());
        // (1, 2, 2) less 2.2 times (0.6, 0.8, 0) is (-0.32, 0.24, 2), of length sqrt(4.16).
        double length = Math.sqrt(4.16);
        double[] second = {-0.32 / length, 0.24 / length, 2 / length};
        assertEquals(
                Verdict.PASS,
                qr(new double[] {0.6, second[0], 0.8, second[1], 0, second[2]}, new double[] {5, 2.2, 0, length})
                        .verdict());
        assertEquals(
                Verdict.PASS,
                qr(new double[] {-0.6, second[0], -0.8, second[1], 0, second[2]}, new double[] {-5, -2.2, 0, length})
                        .verdict());
    }

    @Test
    void vectorsThatAreNotOrthogonalAreNamed() {
        Judgement judgement = qr(new double[] {3, 1, 4, 2, 0, 2}, new double[] {1, 0, 0, 1});
        assertEquals(List.of("relation"), judgement.layers());
        assertEquals(
                Cause.ORTHOGONALITY, judgement.diagnosis().map(Diagnosis::cause).orElseThrow());
    }
}
