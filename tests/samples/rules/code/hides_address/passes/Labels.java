package org.example.report;

import java.util.Base64;

final class Labels {
    private static final String HOST = "api" + ".example" + ".org";

    String home(String name) {
        String greeting = new String(Base64.getDecoder().decode("aGVsbG8gd29ybGQ="));
        return "https://" + HOST + "/" + name.trim() + "?q=" + greeting;
    }
}
