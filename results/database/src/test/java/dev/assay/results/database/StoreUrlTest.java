package dev.assay.results.database;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoreUrlTest {
    private static final Map<String, String> ENVIRONMENT = Map.of(
            "PGHOST",
            "db.example",
            "PGPORT",
            "5433",
            "PGUSER",
            "me",
            "PGPASSWORD",
            "geheim",
            "PGDATABASE",
            "results",
            "PGSSLMODE",
            "verify-full");

    @Test
    void theAddressWinsOverTheEnvironment() {
        StoreUrl url = StoreUrl.of("postgresql://you:s%2Bcret+1@other:9/db?sslmode=require", ENVIRONMENT);
        assertEquals("jdbc:postgresql://other:9/db", url.jdbc());
        assertEquals("you", url.properties().getProperty("user"));
        assertEquals("s+cret+1", url.properties().getProperty("password"));
        assertEquals("require", url.properties().getProperty("sslmode"));
        assertEquals("postgresql://you@other:9/db", url.toString(), "without the password");
    }

    @Test
    void theEnvironmentFillsWhatIsLeftOut() {
        StoreUrl url = StoreUrl.of("postgresql:///", ENVIRONMENT);
        assertEquals("jdbc:postgresql://db.example:5433/results", url.jdbc());
        assertEquals("geheim", url.properties().getProperty("password"));
        assertEquals("verify-full", url.properties().getProperty("sslmode"));
        assertEquals("postgresql://me@db.example:5433/results", url.toString());
        assertEquals(
                "jdbc:postgresql://localhost:5432/x",
                StoreUrl.of("postgres:///x", Map.of()).jdbc());
        assertEquals(
                "jdbc:postgresql://[::1]:5432/x",
                StoreUrl.of("postgresql://[::1]/x", Map.of()).jdbc());
    }

    @ParameterizedTest
    @CsvSource({
        "mysql://u:geheim@h/db, does not begin with postgresql://",
        "jdbc:postgresql://h/db?password=geheim, does not begin with postgresql://",
        "postgresql://u:ge/he@im@h/db, the host cannot be read",
        "postgresql://u:geheim@h/, the database is missing",
        "postgresql://u:geheim@h/db?socketFactory=x.Y, no parameter 'socketFactory'",
        "postgresql://u:geheim@h/db?loggerFile=/tmp/x, no parameter 'loggerFile'",
        "postgresql://u:ge heim@h/db, it is no address",
    })
    void whatIsNoAddressIsRefusedWithoutItsPassword(String url, String sentence) {
        HarnessException refused = assertThrows(HarnessException.class, () -> StoreUrl.of(url, Map.of()));
        assertTrue(refused.getMessage().contains(sentence), refused.getMessage());
        assertTrue(refused.getMessage().contains("write postgresql://[user"), refused.getMessage());
        assertFalse(refused.getMessage().contains("heim"), refused.getMessage());
        assertFalse(refused.getMessage().contains("ge/he@im"), refused.getMessage());
    }
}
