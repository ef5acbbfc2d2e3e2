package dev.assay.results;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Rows for tests. [#with] changes one component by its name.
public final class TestRows {
    public static final CaseRow PASSED = new CaseRow(
            "smoke",
            "matmul/f32/m4.n4.k4/-/normal",
            "0123456789abcdef",
            "matmul",
            "f32",
            "m4.n4.k4",
            "-",
            "normal",
            20260101,
            "acme-npu",
            "mode=fast",
            "2.1",
            "Acme One",
            "accumulate=f32",
            1.5,
            Verdict.PASS,
            "",
            "",
            "",
            16L,
            0L,
            0.25,
            null,
            0.5,
            null,
            "Y[3,3]",
            1.0,
            1.0000001,
            1e-6,
            true,
            "00ff");
    public static final TimingRow TIMED = new TimingRow(
            "smoke",
            "matmul/f32/m4.n4.k4/-/normal",
            "0123456789abcdef",
            20260101,
            "acme-npu",
            "mode=fast",
            "Acme One",
            "run",
            "ns",
            "measured",
            "jmh",
            1,
            5,
            5,
            100.0,
            101.5,
            110.0,
            119.25,
            120.0,
            104.0,
            100.0,
            120.0,
            0.9375,
            null,
            123456789,
            128.0,
            192.0,
            1.2612612612612613,
            1.8918918918918919,
            0.6666666666666666,
            null,
            "ok");
    public static final SampleRow SAMPLE = new SampleRow(
            "smoke",
            "matmul/f32/m4.n4.k4/-/normal",
            "0123456789abcdef",
            20260101,
            "acme-npu",
            "mode=fast",
            "run",
            "jmh",
            0,
            0,
            0,
            1000,
            101.5,
            "ns");

    public static final ScorecardRow SCORED = new ScorecardRow(
            "smoke",
            "matmul/f32/m4.n4.k4/-/normal",
            "0123456789abcdef",
            20260101,
            "acme-npu",
            "mode=fast",
            "Y",
            "cann-l0",
            Ruling.FAIL,
            1.25,
            1.0,
            Verdict.PASS,
            "");

    private TestRows() {}

    public static CaseRow passed(String caseId) {
        return with(PASSED, "caseId", caseId);
    }

    public static List<TimingRow> timed(String caseId) {
        return List.of(with(TIMED, "caseId", caseId));
    }

    public static List<SampleRow> sampled(String caseId) {
        SampleRow first = with(SAMPLE, "caseId", caseId);
        return List.of(first, with(with(first, "iteration", 1), "value", 102.25));
    }

    public static List<ScorecardRow> scored(String caseId) {
        ScorecardRow first = with(SCORED, "caseId", caseId);
        ScorecardRow silent = with(with(first, "criterion", "diopi"), "outcome", Ruling.NOT_APPLICABLE);
        ScorecardRow unmeasured = with(with(silent, "measure", null), "limit", null);
        return List.of(first, with(unmeasured, "remark", "no tolerance for bf16"));
    }

    /// The same row with one component changed.
    public static <R extends Record> R with(R row, String component, @Nullable Object value) {
        @SuppressWarnings("unchecked") // getClass() of an R is a Class of R
        Class<R> type = (Class<R>) row.getClass();
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = new Object[components.length];
        boolean found = false;
        try {
            for (int i = 0; i < components.length; i++) {
                boolean here = components[i].getName().equals(component);
                found |= here;
                values[i] = here ? value : components[i].getAccessor().invoke(row);
            }
            if (!found) {
                throw new IllegalArgumentException("no component " + component);
            }
            return type.getDeclaredConstructor(Arrays.stream(components)
                            .map(RecordComponent::getType)
                            .toArray(Class<?>[]::new))
                    .newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
