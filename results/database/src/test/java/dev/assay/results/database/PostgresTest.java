package dev.assay.results.database;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.assay.HarnessException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PostgresTest {
    @Test
    void anOldServerIsRefusedByItsVersion() {
        StoreUrl url = StoreUrl.of("postgresql://me@h/db", Map.of());
        HarnessException refused = assertThrows(HarnessException.class, () -> Postgres.refuseOld(14, url));
        assertEquals(
                "the server is PostgreSQL 14",
                refused.getMessage().lines().findFirst().orElse(""));
        assertDoesNotThrow(() -> Postgres.refuseOld(15, url));
    }
}
