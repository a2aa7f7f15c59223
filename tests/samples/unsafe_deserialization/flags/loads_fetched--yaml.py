import yaml, urllib.request
config = yaml.load(urllib.request.urlopen('https://x.example.invalid/c.yml'), Loader=yaml.Loader)
