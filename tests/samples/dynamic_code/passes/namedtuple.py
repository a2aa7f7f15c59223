def make(name, fields):
    source = f"class {name}:\n" + "".join(f"    {field} = None\n" for field in fields)
    namespace = {}
    exec(source, namespace)
    return namespace[name]
