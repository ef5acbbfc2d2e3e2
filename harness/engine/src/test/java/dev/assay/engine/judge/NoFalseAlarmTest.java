package dev.assay.engine.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.HostBackend;
import dev.assay.backend.Support;
import dev.assay.engine.plan.Case;
import dev.assay.engine.plan.Suites;
import dev.assay.engine.run.CaseInputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.results.Verdict;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Right kernels pass every small case of the suites: the reference itself, rounded once; and naive loops in f32 that
/// know nothing of it.
class NoFalseAlarmTest {
    private static final double SMALL_FLOPS = 2e7;

    private static List<String> accused(String suite, OptionalLong seed, Function<Operator, Backend> backends) {
        List<String> accused = new ArrayList<>();
        int judged = 0;
        for (Case one : Suites.load(suite, seed).cases()) {
            Call call = one.call().orElseThrow();
            Operator operator = Operators.named(call.operator(), "test");
            Backend backend = backends.apply(operator);
            if (operator.cost(call).flops() > SMALL_FLOPS || !(backend.supports(call) instanceof Support.Yes)) {
                continue;
            }
            try (Arena arena = Arena.ofShared()) {
                String fill = Objects.requireNonNull(one.spec().fill());
                Judgement judgement = Judge.judge(
                        backend,
                        operator,
                        call,
                        CaseInputs.generate(operator, call, fill, one.id().toString(), one.seed(), arena));
                judged++;
                if (judgement.verdict() != Verdict.PASS) {
                    accused.add(one.id() + ": " + judgement.verdict() + " " + judgement.reason());
                }
            }
        }
        assertTrue(judged > 20, judged + " cases judged");
        return accused;
    }

    @ParameterizedTest
    @ValueSource(strings = {"smoke", "edges"})
    void theReferenceRoundedOncePasses(String suite) {
        assertEquals(List.of(), accused(suite, OptionalLong.empty(), CorrectBackend::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"smoke", "edges"})
    void naiveLoopsInF32Pass(String suite) {
        for (long seed = 1; seed <= 3; seed++) {
            assertEquals(List.of(), accused(suite, OptionalLong.of(seed), operator -> new Naive()));
        }
    }

    /// Textbook loops with every intermediate in f32.
    private static final class Naive extends HostBackend {
        Naive() {
            super(DeviceInfo.named("naive"));
        }

        @Override
        public Support supports(Call call) {
            DType dtype = call.inputs().getFirst().spec().orElseThrow().dtype();
            boolean plain = dtype != DType.F64
                    && (call.operator().equals("layer_normalization")
                            || (call.operator().equals("matmul")
                                    && call.input("A").shape().rank() == 2
                                    && call.input("B").shape().rank() == 2));
            return plain ? Support.yes() : Support.no("no loop for it");
        }

        @Override
        protected void run(Call call, Arguments arguments) {
            if (call.operator().equals("matmul")) {
                matmul(
                        arguments.input("A").tensor(),
                        arguments.input("B").tensor(),
                        arguments.output("Y").tensor());
            } else {
                normalise(call, arguments);
            }
        }

        private static void matmul(Tensor a, Tensor b, Tensor y) {
            int m = (int) a.shape().dim(0);
            int k = (int) a.shape().dim(1);
            int n = (int) b.shape().dim(1);
            double[] left = values(a);
            double[] right = values(b);
            for (int i = 0; i < m; i++) {
                float[] sums = new float[n];
                for (int l = 0; l < k; l++) {
                    float factor = (float) left[i * k + l];
                    for (int j = 0; j < n; j++) {
                        sums[j] += factor * (float) right[l * n + j];
                    }
                }
                for (int j = 0; j < n; j++) {
                    y.set((long) i * n + j, sums[j]);
                }
            }
        }

        private static double[] values(Tensor tensor) {
            double[] values = new double[(int) tensor.shape().elements()];
            tensor.decode(0, values.length, values, 0);
            return values;
        }

        private static void normalise(Call call, Arguments arguments) {
            Shape shape = call.input("X").shape();
            int axis = (int) call.attributes().integer("axis");
            int from = axis < 0 ? axis + shape.rank() : axis;
            int length = (int) shape.slice(from, shape.rank()).elements();
            float epsilon = (float) call.attributes().real("epsilon");
            double[] x = values(arguments.input("X").tensor());
            double[] scale = values(arguments.input("Scale").tensor());
            double[] bias = call.hasInput("B") ? values(arguments.input("B").tensor()) : new double[length];
            Tensor y = arguments.output("Y").tensor();
            for (int row = 0; row * length < x.length; row++) {
                float sum = 0;
                for (int i = 0; i < length; i++) {
                    sum += (float) x[row * length + i];
                }
                float mean = sum / length;
                float squares = 0;
                for (int i = 0; i < length; i++) {
                    float distance = (float) x[row * length + i] - mean;
                    squares += distance * distance;
                }
                float inverse = (float) (1 / Math.sqrt(squares / length + epsilon));
                for (int i = 0; i < length; i++) {
                    float distance = (float) x[row * length + i] - mean;
                    y.set((long) row * length + i, distance * inverse * (float) scale[i] + (float) bias[i]);
                }
                if (call.hasOutput("Mean")) {
                    arguments.output("Mean").tensor().set(row, mean);
                }
                if (call.hasOutput("InvStdDev")) {
                    arguments.output("InvStdDev").tensor().set(row, inverse);
                }
            }
        }
    }
}
