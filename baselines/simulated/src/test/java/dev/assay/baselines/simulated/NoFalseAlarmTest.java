package dev.assay.baselines.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Backend;
import dev.assay.backend.Support;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NoFalseAlarmTest {
    @Test
    void chipsKeepTheirContracts() {
        List<String> alarms = new ArrayList<>();
        int judged = 0;
        for (Exam exam : Samples.everything()) {
            for (String chip : Chip.SHIPPED) {
                try (Backend backend = Samples.open("chip", chip)) {
                    if (backend.supports(exam.call()) instanceof Support.Yes) {
                        judged++;
                        exam.objection(backend).ifPresent(what -> alarms.add(chip + " " + exam + " " + what));
                    }
                }
            }
        }
        assertEquals("", String.join("\n", alarms));
        assertTrue(judged >= 700, judged + " judged");
    }
}
